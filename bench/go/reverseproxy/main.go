// Command reverseproxy is the yardstick: what a gateway in Go would be built on, and nothing else.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

func main() {
	cert := flag.String("cert", "", "PEM file of the certificate to serve with")
	key := flag.String("key", "", "PEM file of its key")
	ca := flag.String("ca", "", "PEM file of the CA that signed the upstream's certificate")
	upstream := flag.String("upstream", "", "https URL of the upstream")
	http2 := flag.Bool("http2", false, "speak HTTP/2 to the upstream")
	flag.Parse()

	target, err := url.Parse(*upstream)
	check(err)
	pem, err := os.ReadFile(*ca)
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	// A transport with a TLS configuration of its own speaks HTTP/2 only where it is told to.
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2:   *http2,
		MaxIdleConnsPerHost: 1000,
		DisableCompression:  true,
	}
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	// Clients that go away in the middle of a stream are a part of the measurement, not of the log.
	quiet := log.New(devNull{}, "", 0)
	proxy.ErrorLog = quiet
	check((&http.Server{Handler: proxy, ErrorLog: quiet}).ServeTLS(listener, *cert, *key))
}

type devNull struct{}

func (devNull) Write(p []byte) (int, error) { return len(p), nil }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
