// Command load makes the load that wrk and h2load cannot: watches that are held, bytes through
// upgraded connections, and connections that carry one request each. Results are lines of JSON.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/url"
	"os"
	"sort"
	"strings"
	"time"
)

// target is what is loaded, and in whose name.
type target struct {
	url *url.URL
	// Bearer tokens, taken in turn; none: no Authorization header.
	tokens []string
	roots  *x509.CertPool
}

func main() {
	log.SetFlags(0)
	address := flag.String("url", "", "https URL to load")
	ca := flag.String("ca", "", "PEM file of the CA that signed the server's certificate")
	tokens := flag.String("tokens", "", "bearer tokens, divided by commas")
	seconds := flag.Float64("seconds", 1, "how long (splice, connect)")
	count := flag.Int("count", 1, "watches, or connections at once")
	perConnection := flag.Int("per-connection", 0, "watches on one HTTP/2 connection; 0: HTTP/1.1")
	upload := flag.Bool("upload", false, "send bytes instead of receiving them (splice)")
	if len(os.Args) < 2 {
		log.Fatal("load watch|splice|connect [flags]")
	}
	_ = flag.CommandLine.Parse(os.Args[2:])

	to := newTarget(*address, *ca, *tokens)
	duration := time.Duration(*seconds * float64(time.Second))
	switch os.Args[1] {
	case "watch":
		watch(to, *count, *perConnection)
	case "splice":
		splice(to, *count, *upload, duration)
	case "connect":
		connect(to, *count, duration)
	default:
		log.Fatalf("no load is called %q", os.Args[1])
	}
}

func newTarget(address, ca, tokens string) target {
	parsed, err := url.Parse(address)
	check(err)
	pem, err := os.ReadFile(ca)
	check(err)
	to := target{url: parsed, roots: x509.NewCertPool()}
	to.roots.AppendCertsFromPEM(pem)
	if tokens != "" {
		to.tokens = strings.Split(tokens, ",")
	}
	return to
}

// authorization is the header of the nth client, or "".
func (t target) authorization(n int) string {
	if len(t.tokens) == 0 {
		return ""
	}
	return "Bearer " + t.tokens[n%len(t.tokens)]
}

func (t target) tlsConfig(protocols ...string) *tls.Config {
	return &tls.Config{RootCAs: t.roots, ServerName: t.url.Hostname(), NextProtos: protocols}
}

// latencies reports milliseconds; it sorts what it is given.
func latencies(all []time.Duration) map[string]any {
	sort.Slice(all, func(a, b int) bool { return all[a] < all[b] })
	at := func(share float64) float64 {
		if len(all) == 0 {
			return 0
		}
		return float64(all[min(len(all)-1, int(share*float64(len(all))))].Nanoseconds()) / 1e6
	}
	return map[string]any{"count": len(all), "p50": at(0.50), "p99": at(0.99)}
}

func report(result map[string]any) {
	line, err := json.Marshal(result)
	check(err)
	fmt.Println(string(line))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
