// Command upstream answers as a Kubernetes API server does, as cheaply as it can: what Sallyport
// asks when an environment is registered, and the objects, lists, watches and upgrades that the
// comparison loads. It prints its ports as one line of JSON.
package main

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"
)

func main() {
	cert := flag.String("cert", "", "PEM file of the certificate to serve with")
	key := flag.String("key", "", "PEM file of its key")
	flag.Parse()

	pair, err := tls.LoadX509KeyPair(*cert, *key)
	check(err)
	handler := newHandler()
	// Two ports, so that a proxy that would choose HTTP/2 can be made to speak HTTP/1.1.
	both := serve(handler, pair, "h2", "http/1.1")
	http1 := serve(handler, pair, "http/1.1")
	control, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("{\"port\":%d,\"http1Port\":%d,\"controlPort\":%d}\n", both, http1, portOf(control))
	check(http.Serve(control, controlHandler()))
}

func serve(handler http.Handler, pair tls.Certificate, protocols ...string) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	server := &http.Server{
		Handler:   handler,
		ErrorLog:  log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: protocols},
	}
	if len(protocols) == 1 {
		server.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	}
	go func() { check(server.ServeTLS(listener, "", "")) }()
	return portOf(listener)
}

// controlHandler is for the bench itself, over plain HTTP beside the measured ports.
func controlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]int64{
			"requests":     stats.requests.Load(),
			"bytes":        stats.bytes.Load(),
			"http1Watches": stats.http1Watches.Load(),
			"http2Watches": stats.http2Watches.Load(),
		})
	})
	mux.HandleFunc("POST /pace", func(w http.ResponseWriter, r *http.Request) {
		ms, err := strconv.Atoi(r.URL.Query().Get("ms"))
		if err != nil || ms < 0 {
			http.Error(w, "ms must be a number, 0 for no events", http.StatusBadRequest)
			return
		}
		events.set(time.Duration(ms) * time.Millisecond)
	})
	return mux
}

func portOf(listener net.Listener) int {
	return listener.Addr().(*net.TCPAddr).Port
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
