package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// How many watches are opened at once: a burst of handshakes is another measurement.
const openers = 32

// watchers counts what arrives at all watches together.
type watchers struct {
	held      atomic.Int64
	lost      atomic.Int64
	measuring atomic.Bool
	mutex     sync.Mutex
	delays    []time.Duration
}

// watch opens so many watches and says when all are held; a line on stdin starts the measurement
// of the events, the next one ends it and everything.
func watch(to target, count, perConnection int) {
	all := &watchers{}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	began := time.Now()
	clients := newClients(to, count, perConnection)
	next := make(chan int)
	var opening sync.WaitGroup
	var firstError atomic.Pointer[string]
	for range openers {
		opening.Add(1)
		go func() {
			defer opening.Done()
			for n := range next {
				if err := all.open(ctx, clients[n%len(clients)], to, n); err != nil {
					text := err.Error()
					firstError.CompareAndSwap(nil, &text)
				}
			}
		}()
	}
	for n := range count {
		next <- n
	}
	close(next)
	opening.Wait()
	result := map[string]any{"held": all.held.Load(), "seconds": time.Since(began).Seconds()}
	if text := firstError.Load(); text != nil {
		result["error"] = *text
	}
	report(result)

	lines := bufio.NewScanner(os.Stdin)
	if !lines.Scan() {
		return
	}
	all.measuring.Store(true)
	if !lines.Scan() {
		return
	}
	all.measuring.Store(false)
	all.mutex.Lock()
	defer all.mutex.Unlock()
	measured := latencies(all.delays)
	measured["lost"] = all.lost.Load()
	report(measured)
}

// newClients makes one client for HTTP/1.1, which has a connection for each request under way, and
// one for each connection of HTTP/2.
func newClients(to target, count, perConnection int) []*http.Client {
	if perConnection == 0 {
		return []*http.Client{{Transport: &http.Transport{
			TLSClientConfig:    to.tlsConfig("http/1.1"),
			DisableCompression: true,
			DialContext:        (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
		}}}
	}
	clients := make([]*http.Client, (count+perConnection-1)/perConnection)
	for n := range clients {
		clients[n] = &http.Client{Transport: &http.Transport{
			TLSClientConfig:    to.tlsConfig(),
			ForceAttemptHTTP2:  true,
			DisableCompression: true,
		}}
	}
	return clients
}

// open returns once the first event has come.
func (all *watchers) open(ctx context.Context, client *http.Client, to target, n int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, to.url.String(), nil)
	if err != nil {
		return err
	}
	if authorization := to.authorization(n); authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return fmt.Errorf("the answer to a watch is HTTP %d", response.StatusCode)
	}
	reader := bufio.NewReaderSize(response.Body, 1024)
	if _, err := reader.ReadSlice('\n'); err != nil {
		response.Body.Close()
		return err
	}
	all.held.Add(1)
	go all.read(ctx, response, reader)
	return nil
}

var sentKey = []byte(`"sent":"`)

func (all *watchers) read(ctx context.Context, response *http.Response, reader *bufio.Reader) {
	defer response.Body.Close()
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			if ctx.Err() == nil {
				all.lost.Add(1)
			}
			return
		}
		if !all.measuring.Load() {
			continue
		}
		now := time.Now().UnixNano()
		_, rest, found := bytes.Cut(line, sentKey)
		digits, _, closed := bytes.Cut(rest, []byte{'"'})
		sent, err := strconv.ParseInt(string(digits), 10, 64)
		if !found || !closed || err != nil {
			continue
		}
		all.mutex.Lock()
		all.delays = append(all.delays, time.Duration(now-sent))
		all.mutex.Unlock()
	}
}
