/** Errors: made from the registry of what Sallyport refuses or fails at, and rendered for Kubernetes. */
import { type Entry, registry } from './errors/registry.ts';

const URL_PLACE = '{url}';

/** A stable error code. */
export type ErrorCode = keyof typeof registry;

export type ErrorParams = Readonly<Record<string, string | number>>;

/** A refusal or failure from the registry, with the values its sentence needs. */
export class SallyportError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly title: string;
  readonly remedy: string | undefined;
  readonly params: ErrorParams;
  /** For the log only; never sent. */
  override readonly cause: unknown;

  constructor(code: ErrorCode, params: ErrorParams = {}, cause?: unknown) {
    const entry: Entry = registry[code];
    super(fill(entry.message, params));
    this.name = 'SallyportError';
    this.code = code;
    this.status = entry.status;
    this.title = entry.title;
    this.remedy = entry.remedy === undefined ? undefined : fill(entry.remedy, params) || undefined;
    this.params = params;
    this.cause = cause;
  }

  /**
   * The same error with a remedy that names where Sallyport is reached: a room that does not know
   * by which address the client came leaves that to the one that does.
   */
  withUrl(url: string): SallyportError {
    if (this.params.url !== undefined || !this.remedy?.includes(URL_PLACE)) return this;
    return new SallyportError(this.code, { ...this.params, url }, this.cause);
  }

  /** Seconds to wait, for `Retry-After`; undefined where waiting does not help. */
  get retryAfter(): number | undefined {
    const { seconds } = this.params;
    return typeof seconds === 'number' ? seconds : undefined;
  }
}

/**
 * Makes an error from the registry.
 *
 * @param code which one
 * @param params the values its sentence and remedy name
 * @param cause what led to it; logged, never sent
 */
export function fail(code: ErrorCode, params?: ErrorParams, cause?: unknown): SallyportError {
  return new SallyportError(code, params, cause);
}

function fill(template: string, params: ErrorParams): string {
  return template.replace(/\{(\w+)\}/g, (place, key: string) =>
    String(params[key] ?? (place === URL_PLACE ? place : '')),
  );
}

/** `reason` of a `metav1.Status` by HTTP status (apimachinery, `pkg/apis/meta/v1/types.go`). */
const STATUS_REASON: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'Timeout',
  409: 'Conflict',
  // Of the two reasons that Kubernetes has for it, the one that makes informers list anew.
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  431: 'RequestEntityTooLarge',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/**
 * Writes a sentence as a `Warning:` header, which kubectl prints (RFC 7234 §5.5; KEP-1693): from no
 * agent in particular, in characters that a header can hold.
 */
export function toWarning(sentence: string): string {
  const plain = sentence.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&');
  return `299 - "${plain}"`;
}

/** A Kubernetes `Status` (apimachinery, `metav1.Status`), as kubectl and client-go understand it. */
export interface KubernetesStatus {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: string;
  readonly details: {
    readonly causes: ReadonlyArray<{ readonly reason: string; readonly message: string }>;
    readonly retryAfterSeconds?: number;
  };
  readonly code: number;
}

/**
 * Renders an error for a Kubernetes client. kubectl prints `message`, so it holds the remedy too.
 */
export function toStatus(error: SallyportError): KubernetesStatus {
  const message = error.remedy ? `${error.message} ${error.remedy}` : error.message;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `Sallyport: ${message}`,
    reason: STATUS_REASON[error.status] ?? 'InternalError',
    details: {
      causes: [{ reason: error.code, message: error.title }],
      ...(error.retryAfter === undefined ? {} : { retryAfterSeconds: error.retryAfter }),
    },
    code: error.status,
  };
}
