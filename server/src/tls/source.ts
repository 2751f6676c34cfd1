import type { Pair } from './pair.ts';

/** Where the server certificate comes from: Sallyport's own CA, or files of the operator's. */
export interface CertificateSource {
  readonly kind: 'own' | 'operator';
  /** Milliseconds between two calls of `refresh`. */
  readonly interval: number;
  /** The certificate in use. */
  pair(): Pair;
  /** The CA that a kubeconfig must embed, in PEM; undefined: none, every client knows it. */
  caData(): string | undefined;
  /**
   * Looks whether there must be, or there is, another certificate. Whatever fails is logged, and
   * the one in use stays.
   *
   * @returns whether `pair` has changed
   */
  refresh(): Promise<boolean>;
}
