import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * The session cookie's name. `__Host-` makes the browser hold it to HTTPS, this host and the whole
 * path (RFC 6265bis, 4.1.3.2). Over plain HTTP, where that prefix cannot be, it has a name of its
 * own, so that neither can be taken for the other.
 */
const NAME = { secure: '__Host-sallyport', plain: 'sallyport-http' } as const;

/** As {@link NAME}, for a sign-in between its password and its code. */
const HALF_NAME = { secure: '__Host-sallyport-half', plain: 'sallyport-http-half' } as const;

const attributes = (secure: boolean) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure }) as const;

type Incoming = Pick<FastifyRequest, 'info' | 'cookies'>;

/** The session token that a browser sent, if any. */
export function readSession(request: Incoming): string | undefined {
  return request.cookies[request.info.secure ? NAME.secure : NAME.plain];
}

/** Gives the browser a session. It has no Max-Age: the server alone says when it ends. */
export function setSession(request: Incoming, reply: FastifyReply, token: string): void {
  const { secure } = request.info;
  reply.setCookie(secure ? NAME.secure : NAME.plain, token, attributes(secure));
}

/** The sign-in through the provider that a browser has under way; it is had over HTTPS only. */
const UNDER_WAY = '__Host-sallyport-provider';

/**
 * Gives the browser the sign-in that it has begun. As the session's, the cookie never goes with a
 * request that another site has made: the provider sends the browser back to a page of ours, and it
 * is the page that sends the answer on.
 */
export function setUnderWay(reply: FastifyReply, sealed: string, maxAgeMs: number): void {
  reply.setCookie(UNDER_WAY, sealed, { ...attributes(true), maxAge: maxAgeMs / 1000 });
}

export function readUnderWay(request: Incoming): string | undefined {
  return request.cookies[UNDER_WAY];
}

export function clearUnderWay(reply: FastifyReply): void {
  reply.clearCookie(UNDER_WAY, attributes(true));
}

/** Takes the session away from the browser. */
export function clearSession(request: Incoming, reply: FastifyReply): void {
  const { secure } = request.info;
  reply.clearCookie(secure ? NAME.secure : NAME.plain, attributes(secure));
}

/** The token of a half sign-in that a browser sent, if any. */
export function readHalf(request: Incoming): string | undefined {
  return request.cookies[request.info.secure ? HALF_NAME.secure : HALF_NAME.plain];
}

/** Gives the browser a half sign-in. */
export function setHalf(request: Incoming, reply: FastifyReply, token: string): void {
  const { secure } = request.info;
  reply.setCookie(secure ? HALF_NAME.secure : HALF_NAME.plain, token, attributes(secure));
}

/** Takes the half sign-in away from the browser. */
export function clearHalf(request: Incoming, reply: FastifyReply): void {
  const { secure } = request.info;
  reply.clearCookie(secure ? HALF_NAME.secure : HALF_NAME.plain, attributes(secure));
}
