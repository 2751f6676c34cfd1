/** Seals what only this Sallyport may open again, bound to what it belongs to: environments/vault.ts. */
export interface Sealing {
  seal(plain: string, bindTo: readonly unknown[]): string;
  /** undefined where the text or what it is bound to is another. */
  open(sealed: string, bindTo: readonly unknown[]): string | undefined;
}
