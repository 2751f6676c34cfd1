/** A moment in a sentence: `2026-12-22 14:25 UTC`. @param at epoch milliseconds */
export function spoken(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
