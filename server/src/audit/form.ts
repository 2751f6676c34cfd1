/**
 * Most of an event's text is the same for request after request of one person and one client. That
 * is its form, which is made, sent and stored once; each event adds what fills the form's gaps.
 */
import { randomUUID } from 'node:crypto';

/** Stands between values, and in a form where one goes: a character that JSON never holds as it is. */
export const GAP = '\u0001';

/**
 * Stand in an event for what is each one's own: within a text, and for a whole value. Nobody can guess
 * them, so no other text is like them.
 */
export const HOLE = randomUUID();
export const VALUE_HOLE = randomUUID();

/** The form of events that differ only in what this one has {@link HOLE} or {@link VALUE_HOLE} for. */
export function formOf(event: object): string {
  return JSON.stringify(event).replaceAll(`"${VALUE_HOLE}"`, GAP).replaceAll(HOLE, GAP);
}

/** A text as it stands within one in JSON: nearly always as it is. */
export function inJson(text: string): string {
  return PLAIN.test(text) ? text : JSON.stringify(text).slice(1, -1);
}

/** ASCII that JSON takes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** The whole text. @param form null: the values are the text already */
export function fill(form: string | null, values: string): string {
  if (form === null) return values;
  const own = values.split(GAP);
  return form.split(GAP).reduce((text, piece, index) => `${text}${own[index - 1] ?? ''}${piece}`);
}
