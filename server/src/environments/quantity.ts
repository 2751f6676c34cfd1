/**
 * Kubernetes' quantities (apimachinery, `pkg/api/resource/quantity.go`): a decimal number with a
 * binary suffix, a decimal one, or an exponent.
 */

const FORM = /^([+-]?(?:\d+\.?\d*|\.\d+))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/;

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Reads a quantity, such as `3920m` or `16Gi`.
 *
 * @returns the number in the base unit, as exact as a double is; undefined where it is no quantity
 */
export function parseQuantity(text: unknown): number | undefined {
  if (typeof text !== 'string' || text.length > 64) return undefined;
  const [, digits, suffix = ''] = FORM.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const factor = FACTORS[suffix] ?? (suffix === '' ? 1 : Number(`1${suffix}`));
  const value = Number(digits) * factor;
  return Number.isFinite(value) ? value : undefined;
}
