import { generateSecret, generateURI, verifySync } from 'otplib/functional';

/** RFC 6238, 4.1 and 5.2: steps of 30 seconds. */
const STEP_S = 30;
/** Clocks of phones are off by a little: one step each way, no more (RFC 6238, 5.2). */
const DRIFT_S = STEP_S;

/** 160 random bits in base32, as RFC 4226, 4 asks for. */
export function newSecret(): string {
  return generateSecret({ length: 20 });
}

/**
 * What an app reads from the QR code.
 *
 * @param host where Sallyport is, so that people with several tell one from another; its port and
 *   an IPv6 address are left out, since the form has no place for a colon
 */
export function uriOf(secret: string, username: string, host: string | undefined): string {
  const name = /^([^:[\]]+)(?::\d+)?$/.exec(host ?? '')?.[1];
  const issuer = name === undefined ? 'Sallyport' : `Sallyport ${name}`;
  return generateURI({ issuer, label: username, secret });
}

/**
 * Finds the time step that a code belongs to.
 *
 * @param code six digits
 * @param at epoch milliseconds
 * @param lastStep the step of the last code that was taken; this one must be of a later one, so that
 *   a code is good once (RFC 6238, 5.2)
 * @returns undefined where the code is of none that counts now
 */
export function stepOf(
  secret: string,
  code: string,
  at: number,
  lastStep: number,
): number | undefined {
  const epoch = Math.floor(at / 1000);
  // The clock was put back, or was ahead when the last code was taken: there is no later step yet.
  if (lastStep >= Math.floor((epoch + DRIFT_S) / STEP_S)) return undefined;
  const result = verifySync({
    ...{ secret, token: code, epoch, period: STEP_S, epochTolerance: DRIFT_S },
    ...(lastStep < 0 ? {} : { afterTimeStep: lastStep }),
  });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}
