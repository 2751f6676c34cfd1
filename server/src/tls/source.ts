import type { Pair } from './pair.ts';

/** Where the server certificate comes from: Sallyport's own CA, an upload, or files of the operator's. */
export interface CertificateSource {
  readonly kind: 'own' | 'uploaded' | 'operator';
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

/** A source whose certificate an admin can replace by one of their own. */
export interface ReplaceableSource extends CertificateSource {
  /** Looks at once whether another has been uploaded or taken away. @returns whether `pair` changed */
  reread(): boolean;
  /** Writes an upload down; it is in use once it is read. @throws `storage.unwritable` */
  keep(pair: Pair): void;
  /** Takes the upload away. @throws `storage.unwritable` */
  drop(): void;
}
