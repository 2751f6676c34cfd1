package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// splice moves bytes through so many upgraded connections for that long.
func splice(to target, count int, upload bool, duration time.Duration) {
	deadline := time.Now().Add(duration)
	var running sync.WaitGroup
	for n := range count {
		running.Add(1)
		go func() {
			defer running.Done()
			conn, reader := upgrade(to, n)
			defer conn.Close()
			check(conn.SetDeadline(deadline))
			move(conn, reader, upload)
		}()
	}
	running.Wait()
	report(map[string]any{})
}

// upgrade asks for SPDY as kubectl port-forward does; nobody on the way looks into the bytes.
func upgrade(to target, n int) (*tls.Conn, *bufio.Reader) {
	conn, err := tls.Dial("tcp", to.url.Host, to.tlsConfig("http/1.1"))
	check(err)
	request := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"+
		"X-Stream-Protocol-Version: portforward.k8s.io\r\n", to.url.RequestURI(), to.url.Host)
	if authorization := to.authorization(n); authorization != "" {
		request += "Authorization: " + authorization + "\r\n"
	}
	_, err = io.WriteString(conn, request+"Content-Length: 0\r\n\r\n")
	check(err)
	reader := bufio.NewReaderSize(conn, 64*1024)
	response, err := http.ReadResponse(reader, nil)
	check(err)
	if response.StatusCode != http.StatusSwitchingProtocols {
		check(fmt.Errorf("the answer to an upgrade is HTTP %d", response.StatusCode))
	}
	return conn, reader
}

// move ends when the deadline of the connection does.
func move(conn *tls.Conn, reader *bufio.Reader, upload bool) {
	block := make([]byte, 64*1024)
	if !upload {
		if _, err := conn.Write([]byte{'D'}); err != nil {
			return
		}
		for {
			if _, err := reader.Read(block); err != nil {
				return
			}
		}
	}
	block[0] = 'U'
	for {
		if _, err := conn.Write(block); err != nil {
			return
		}
	}
}
