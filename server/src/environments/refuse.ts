import type { SallyportError } from '../errors.ts';

/** Makes the error for input that cannot be used: what is wrong, and what to do about it. */
export type Refuse = (why: string, how: string) => SallyportError;
