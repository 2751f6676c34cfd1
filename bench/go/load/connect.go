package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Connections come from several loopback addresses: one has 28,000 ports, and a closed connection
// keeps its port for a minute.
const sources = 16

// connect opens connections for that long, so many at once, each for one request: what a kubectl
// costs. No session is resumed.
func connect(to target, count int, duration time.Duration) {
	deadline := time.Now().Add(duration)
	var mutex sync.Mutex
	var all []time.Duration
	var running sync.WaitGroup
	for worker := range count {
		running.Add(1)
		go func() {
			defer running.Done()
			dialer := &net.Dialer{
				Deadline:  deadline.Add(5 * time.Second),
				LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+worker%sources))},
			}
			for time.Now().Before(deadline) {
				began := time.Now()
				check(once(to, dialer, worker))
				mutex.Lock()
				all = append(all, time.Since(began))
				mutex.Unlock()
			}
		}()
	}
	running.Wait()
	report(latencies(all))
}

func once(to target, dialer *net.Dialer, n int) error {
	conn, err := tls.DialWithDialer(dialer, "tcp", to.url.Host, to.tlsConfig("http/1.1"))
	if err != nil {
		return err
	}
	defer conn.Close()
	head := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\n", to.url.RequestURI(), to.url.Host)
	if authorization := to.authorization(n); authorization != "" {
		head += "Authorization: " + authorization + "\r\n"
	}
	if _, err := io.WriteString(conn, head+"\r\n"); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is HTTP %d", response.StatusCode)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
