import type { Refuses } from './reach.ts';

/** How the bytes get to an environment's API server, whom to trust there, and how to sign in. */
export interface Target {
  readonly environmentId: number;
  readonly environmentName: string;
  /** Host name or address to connect to, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Name that the server certificate must carry. */
  readonly servername: string;
  /** Path in front of every request path: empty, or `/prefix` without a slash at its end. */
  readonly basePath: string;
  /** CA certificates in PEM; undefined: the public ones. */
  readonly ca: string | undefined;
  /** Client certificate and key in PEM, where the credential is one. */
  readonly clientCertificate: { readonly cert: string; readonly key: string } | undefined;
  /** The `Authorization` header, where the credential is a token. */
  readonly authorization: string | undefined;
  /** Which addresses no connection leads to; undefined: all are as good. */
  readonly refuses?: Refuses | undefined;
  /** Differs whenever anything above does: connections made for another one are not used again. */
  readonly generation: string;
}
