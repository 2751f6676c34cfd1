/** As much of the package as typeface.ts uses; it brings no types of its own. */
declare module 'subset-font' {
  interface SubsetOptions {
    readonly targetFormat?: 'truetype' | 'woff2';
    /** Features of the layout to keep, by their tags. */
    readonly keepFeatures?: readonly string[];
    /** Entries of the `name` table to keep besides those that every file has. */
    readonly preserveNameIds?: readonly number[];
    /** An axis held at a value, or narrowed. */
    readonly variationAxes?: Readonly<Record<string, number | { min: number; max: number }>>;
  }
  /** @returns the font with what the text needs, as the target format, else that of the original */
  export default function subsetFont(
    font: Buffer,
    text: string,
    options?: SubsetOptions,
  ): Promise<Buffer>;
}
