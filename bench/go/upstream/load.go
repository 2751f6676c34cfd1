package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var stats struct {
	// Objects and lists served to their end.
	requests atomic.Int64
	// Bytes of lists and of upgraded connections, in both directions.
	bytes atomic.Int64
	// Watches that are open now.
	http1Watches, http2Watches atomic.Int64
}

const (
	namespaces = "/api/v1/namespaces/"
	object     = namespaces + "bench/configmaps/small"
	// Followed by the size in MB and "/pods".
	lists   = namespaces + "list-"
	watches = namespaces + "watch/pods"
	splice  = namespaces + "bench/pods/splice/portforward"
)

const megabyte = 1_000_000

var (
	objectBody = []byte(fmt.Sprintf(
		`{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"small","namespace":"bench","resourceVersion":"1"},"data":{"text":"%s"}}`,
		strings.Repeat("0123456789abcdef", 90)))
	objectLength = strconv.Itoa(len(objectBody))
	// One block of a list: 64 KB of pods as text. Nobody on the way parses it.
	listBlock = bytes.Repeat([]byte(`{"metadata":{"name":"pod","namespace":"bench"},"status":{"phase":"Running"}},`), 1000)[:64_000]
)

func newHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == object:
			serveObject(w)
		case path == watches:
			serveWatch(w, r)
		case path == splice:
			serveSplice(w, r)
		case strings.HasPrefix(path, lists):
			serveList(w, path)
		default:
			serveFixed(w, r)
		}
	})
}

func serveObject(w http.ResponseWriter) {
	header := w.Header()
	header["Content-Type"] = []string{"application/json"}
	header["Content-Length"] = []string{objectLength}
	_, _ = w.Write(objectBody)
	stats.requests.Add(1)
}

// serveList sends so many megabytes in chunks, as an API server sends what it encodes on the way.
func serveList(w http.ResponseWriter, path string) {
	size, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(path, lists), "/pods"))
	if err != nil || size < 1 || size > 1000 {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header()["Content-Type"] = []string{"application/json"}
	for left := size * megabyte; left > 0; {
		n, err := w.Write(listBlock[:min(left, len(listBlock))])
		stats.bytes.Add(int64(n))
		if err != nil {
			return
		}
		left -= n
	}
	stats.requests.Add(1)
}

// pace says how often each watch has an event, and wakes the watches when that changes.
type pace struct {
	mutex    sync.Mutex
	interval time.Duration
	changed  chan struct{}
}

var events = pace{changed: make(chan struct{})}

func (p *pace) set(interval time.Duration) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.interval = interval
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *pace) get() (time.Duration, <-chan struct{}) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.interval, p.changed
}

// serveWatch sends one bookmark at once, so that whoever waits for a first byte gets it, and then
// events at the pace, each with the time it was sent at. Watches do not march in step.
func serveWatch(w http.ResponseWriter, r *http.Request) {
	open := &stats.http1Watches
	if r.ProtoMajor == 2 {
		open = &stats.http2Watches
	}
	open.Add(1)
	defer open.Add(-1)
	w.Header()["Content-Type"] = []string{"application/json"}
	flusher := w.(http.Flusher)
	_, _ = io.WriteString(w, `{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"1"}}}`+"\n")
	flusher.Flush()

	padding := strings.Repeat("x", 400)
	for {
		interval, changed := events.get()
		var next <-chan time.Time
		if interval > 0 {
			timer := time.NewTimer(time.Duration(rand.Int63n(int64(interval))))
			defer timer.Stop()
			next = timer.C
		}
		for again := true; again; {
			select {
			case <-r.Context().Done():
				return
			case <-changed:
				again = false
			case <-next:
				_, err := fmt.Fprintf(w,
					`{"type":"MODIFIED","object":{"kind":"Pod","metadata":{"name":"pod","annotations":{"sent":"%d","padding":"%s"}}}}`+"\n",
					time.Now().UnixNano(), padding)
				if err != nil {
					return
				}
				flusher.Flush()
				next = time.After(interval)
			}
		}
	}
}

// serveSplice switches protocols; then the client's first byte says who sends: D the upstream,
// U the client, until one of them closes.
func serveSplice(w http.ResponseWriter, r *http.Request) {
	hijacker, can := w.(http.Hijacker)
	if !can || !strings.EqualFold(r.Header.Get("Connection"), "upgrade") {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	conn, buffered, err := hijacker.Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, err = io.WriteString(conn,
		"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n")
	if err != nil {
		return
	}
	direction, err := buffered.ReadByte()
	if err != nil {
		return
	}
	block := make([]byte, 64*1024)
	for {
		var n int
		if direction == 'D' {
			n, err = conn.Write(block)
		} else {
			n, err = buffered.Read(block)
		}
		stats.bytes.Add(int64(n))
		if err != nil {
			return
		}
	}
}
