import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

/** Shorter answers fit into a few packets either way. */
const WORTH_COMPRESSING = 8 * 1024;
/** The fastest: lists shrink to a tenth by it, and the rest would cost more than it saves. */
const LEVEL = 1;

const gzip = promisify(gzipCallback);

/**
 * Compresses long lists for whoever takes gzip: a thousand environments are half a megabyte of JSON
 * that a page asks for again and again.
 *
 * Only what is read, and never a file: an answer that holds a new secret beside something that its
 * sender chose would tell of the secret by its length (the BREACH attack).
 */
export function compressLists(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (
      request.method !== 'GET' ||
      typeof payload !== 'string' ||
      payload.length < WORTH_COMPRESSING ||
      reply.statusCode !== 200 ||
      !String(reply.getHeader('content-type')).startsWith('application/json') ||
      reply.hasHeader('content-disposition') ||
      reply.hasHeader('content-encoding')
    ) {
      return payload;
    }
    reply.header('vary', 'accept-encoding');
    if (!takesGzip(request.headers['accept-encoding'])) return payload;
    const compressed = await gzip(payload, { level: LEVEL });
    reply.header('content-encoding', 'gzip').header('content-length', compressed.length);
    return compressed;
  });
}

/** RFC 9110, section 12.5.3: a weight of 0 means no. */
export function takesGzip(accepted: string | string[] | undefined): boolean {
  return String(accepted ?? '')
    .split(',')
    .some((coding) => {
      const [name = '', ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase());
      return name === 'gzip' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    });
}
