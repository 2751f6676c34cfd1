import type { Problem } from '@sallyport/contract';
import type { FastifyError } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { fail, SallyportError } from '../errors.ts';

/**
 * Renders an error for the REST API (RFC 9457).
 *
 * @param requestId also in the log line of an internal error
 */
export function toProblem(error: SallyportError, requestId: string): Problem {
  return {
    type: `urn:sallyport:error:${error.code}`,
    title: error.title,
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    requestId,
  };
}

/** One thing wrong with a request, and where in it. */
interface Issue {
  readonly path: string;
  readonly message: string;
}

/**
 * Makes an error of the registry out of whatever a handler or Fastify itself threw.
 *
 * @param bodyLimit bytes that the body might have
 * @returns the error, the issues of a request that broke its schema, and whether it is a fault of
 *   ours that belongs in the log
 */
export function understand(
  thrown: FastifyError | Error,
  requestId: string,
  bodyLimit: number,
): { error: SallyportError; issues?: Issue[]; ours: boolean } {
  if (thrown instanceof SallyportError) return { error: thrown, ours: thrown.status >= 500 };
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const issues = thrown.validation.map(({ instancePath, message }) => ({
      path: instancePath.replace(/^\//, '').replaceAll('/', '.'),
      message: message ?? 'is not valid',
    }));
    const why = issues
      .map(({ path, message }) => (path ? `${path}: ${message}` : message))
      .join('; ');
    return { error: fail('request.invalid', { why: `${why}.` }), issues, ours: false };
  }
  const { code, statusCode } = thrown as FastifyError;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { error: fail('request.too_large', { limit: inWords(bodyLimit) }), ours: false };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { error: fail('request.unsupported_media_type'), ours: false };
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return { error: fail('request.invalid', { why: 'The body is no valid JSON.' }), ours: false };
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return {
      error: fail('request.invalid', { why: 'The request is not well-formed.' }),
      ours: false,
    };
  }
  return { error: fail('internal.error', { requestId }, thrown), ours: true };
}

function inWords(bytes: number): string {
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${kilobytes} KB` : `${kilobytes / 1024} MB`;
}
