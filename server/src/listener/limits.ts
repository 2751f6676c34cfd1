/** The listener's bounds. Times in milliseconds, sizes in bytes. */
export interface Limits {
  /** From the TCP connection of a load balancer to the end of its PROXY header. */
  readonly proxyHeaderTimeout: number;
  /** From the TCP connection, or that header, to the end of the TLS handshake. */
  readonly handshakeTimeout: number;
  /** From the first byte of a request, or from the connection, to the end of its header. */
  readonly headersTimeout: number;
  /** From the header to the end of the body, for the REST API. The proxy's bodies may take days. */
  readonly bodyTimeout: number;
  /** How long the rest of a body may still arrive after the answer is complete. */
  readonly lingerTimeout: number;
  /**
   * How long an HTTP/1.1 connection stays open between requests. client-go keeps idle connections
   * for 90 s: the server must not be the one who closes first, or requests meet a closed socket.
   */
  readonly keepAliveTimeout: number;
  /** How often HTTP/2 peers are pinged; one that missed the last ping is gone. */
  readonly pingInterval: number;
  /** How long an HTTP/2 connection stays open without a stream. */
  readonly idleSessionTimeout: number;
  /** How often HTTP/1.1 connections are checked for `headersTimeout`. */
  readonly checkInterval: number;
  readonly maxHeaderSize: number;
  /** Streams open at once on one HTTP/2 connection; the number that client-go expects. */
  readonly maxConcurrentStreams: number;
}

export const LIMITS: Limits = {
  proxyHeaderTimeout: 5_000,
  handshakeTimeout: 10_000,
  headersTimeout: 15_000,
  bodyTimeout: 60_000,
  lingerTimeout: 30_000,
  keepAliveTimeout: 120_000,
  pingInterval: 30_000,
  idleSessionTimeout: 300_000,
  checkInterval: 5_000,
  maxHeaderSize: 65_536,
  maxConcurrentStreams: 250,
};
