import { ApiError, type Problem } from '@sallyport/contract';

/** What went wrong, in the shape that every page shows. */
export type Trouble = Pick<Problem, 'title' | 'detail' | 'remedy' | 'errors' | 'code'>;

/** Turns whatever was thrown into something to show: our own problem, or that nothing answered. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof ApiError) return error.problem;
  if (error instanceof TypeError) {
    return {
      code: 'page.no_answer',
      title: 'No answer',
      detail: 'Sallyport did not answer.',
      remedy: 'Check the network and try again.',
    };
  }
  return {
    code: 'page.unexpected',
    title: 'Unexpected answer',
    detail: 'Sallyport answered with something that this page does not understand.',
    remedy: 'Reload the page: it may be older than the server.',
  };
}

/** Says in one line that something was not done, why not and what helps. */
export function refusalInWords(error: unknown): string {
  const { title, detail, remedy, errors = [] } = troubleOf(error);
  const why = errors.length === 0 ? detail : errors.map(({ message }) => message).join(', ');
  // Where nothing answered, nobody here can know.
  const what = error instanceof ApiError ? 'Nothing was changed' : 'That may not have been done';
  return [`${what}. ${title}:`, why, remedy].filter(Boolean).join(' ');
}

/**
 * What was wrong with one field.
 *
 * @param field its name in the request's body
 * @returns the message, or undefined where nothing was
 */
export function fieldError(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  // The path may arrive as `username`, `body.username`, `/body/username` or `namespaces.0`.
  return error.problem.errors?.find(({ path }) => path.split(/[./]/).includes(field))?.message;
}
