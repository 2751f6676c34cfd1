import {
  type Act,
  ANONYMOUS,
  eventOfAct,
  type FormKey,
  formKeyOf,
  formOfRequest,
  hasForm,
  MAX_VERB,
  type ProxiedRequest,
  valuesOfRequest,
} from './event.ts';
import { fill } from './form.ts';
import { clean, cleanOnce, cleanUri } from './redact.ts';
import { columnWords, indexText, ownColumnWords, wordsOf } from './words.ts';

/** What an event has in common with others: request after request of one client shares the object. */
export interface Common {
  readonly kind: 'proxy' | 'act';
  readonly userId: number | null;
  readonly username: string | null;
  readonly environmentId: number | null;
  /** HTTP status; 0: none was sent. */
  readonly status: number;
  /** The form of the event's text (form.ts); null: it has none. */
  readonly form: string | null;
  /** What it is found by, and the same with the columns above as SQLite's index takes it. */
  readonly words: readonly string[];
  readonly indexText: string;
}

/** An event as it is written: what it is asked by, its text, and the words it is found by. */
export class AuditRecord {
  readonly common: Common;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly namespace: string | null;
  readonly verb: string;
  readonly resource: string | null;
  /** What fills the form; where there is none, the text itself. */
  readonly values: string;
  /** Texts that it is found by, besides the words in common. */
  readonly #texts: readonly string[];

  constructor(
    common: Common,
    own: Pick<AuditRecord, 'time' | 'namespace' | 'verb' | 'resource' | 'values'>,
    texts: readonly string[],
  ) {
    this.common = common;
    this.time = own.time;
    this.namespace = own.namespace;
    this.verb = own.verb;
    this.resource = own.resource;
    this.values = own.values;
    this.#texts = texts;
  }

  /** JSON of the Event, in one line. */
  get event(): string {
    return fill(this.common.form, this.values);
  }

  get words(): string[] {
    return [...new Set([...wordsOf(...this.#texts), ...this.common.words])];
  }

  /** The own words and columns as SQLite's index takes them, which needs those in common as well. */
  get indexText(): string {
    return indexText(this.#texts) + ownColumnWords(this);
  }
}

/** @param environment the name of the environment, where there is one */
export function recordOfRequest(
  request: ProxiedRequest,
  environment: string | undefined,
): AuditRecord {
  const { info } = request;
  const uri = cleanUri(request.uri);
  const object = info?.isResourceRequest ? info : undefined;
  const verb = clean(info?.verb || request.method.toLowerCase(), MAX_VERB);
  const texts = [verb, uri, request.address];
  if (object && !namesSegment(uri, object.name)) texts.push(cleanOnce(object.name));
  return new AuditRecord(
    commonOf(request, environment),
    {
      time: request.at,
      namespace: cleanUnlessEmpty(object?.namespace),
      verb,
      resource: cleanUnlessEmpty(object?.resource),
      values: valuesOfRequest(request, uri),
    },
    texts,
  );
}

function cleanUnlessEmpty(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : clean(text);
}

/** Whether a name stands in a path as a segment of its own, so that its words do as well. */
function namesSegment(uri: string, name: string): boolean {
  const at = uri.lastIndexOf(name);
  if (at <= 0 || uri[at - 1] !== '/') return false;
  const next = uri[at + name.length];
  return next === undefined || next === '/' || next === '?';
}

interface Known {
  readonly key: FormKey;
  readonly environment: string | undefined;
  readonly common: Common;
}

/** By the identity, or where nothing was sent to a cluster, the caller. */
const known = new WeakMap<object, Known[]>();
/** Such as answers of several kinds to several clients. */
const MAX_KNOWN = 32;

function commonOf(request: ProxiedRequest, environment: string | undefined): Common {
  const owner = request.identity ?? request.caller;
  if (owner === null) return makeCommon(request, environment);
  let ofOwner = known.get(owner);
  if (!ofOwner) {
    ofOwner = [];
    known.set(owner, ofOwner);
  }
  for (const one of ofOwner) {
    if (one.environment === environment && hasForm(request, one.key)) return one.common;
  }
  const common = makeCommon(request, environment);
  // What had something to hide is not kept, in memory neither.
  if (request.userAgent === undefined || clean(request.userAgent) === request.userAgent) {
    if (ofOwner.length >= MAX_KNOWN) ofOwner.length = 0;
    ofOwner.push({ key: formKeyOf(request), environment, common });
  }
  return common;
}

function makeCommon(request: ProxiedRequest, environment: string | undefined): Common {
  const { caller, userAgent, code } = request;
  const texts = [
    caller?.username ?? ANONYMOUS,
    ...(userAgent === undefined ? [] : [clean(userAgent)]),
    ...(environment === undefined ? [] : [environment]),
    ...(code === null ? [] : [code]),
  ];
  return withWords(texts, {
    kind: 'proxy',
    userId: caller?.userId ?? null,
    username: caller?.username ?? null,
    environmentId: existing(request.environmentId),
    status: request.status,
    form: formOfRequest(request, environment),
  });
}

export function recordOfAct(act: Act): AuditRecord {
  const event = eventOfAct(act);
  const { objectRef, annotations, verb } = event;
  const texts = [
    event.user.username,
    verb,
    event.requestURI,
    objectRef?.name,
    event.userAgent,
    ...event.sourceIPs,
    annotations['sallyport/code'],
    annotations['sallyport/details'],
  ];
  const common = withWords([], {
    kind: 'act',
    userId: act.person?.userId ?? null,
    username: act.person?.username ?? null,
    environmentId:
      act.object.resource === 'environments' ? existing(Number(act.object.id) || null) : null,
    status: act.status,
    form: null,
  });
  return new AuditRecord(
    common,
    {
      time: act.at,
      namespace: null,
      verb,
      resource: act.object.resource,
      values: JSON.stringify(event),
    },
    texts.filter((text) => text !== undefined),
  );
}

function withWords(texts: readonly string[], facts: Omit<Common, 'words' | 'indexText'>): Common {
  const words = wordsOf(...texts);
  const columns = columnWords({ ...facts, statusClass: Math.floor(facts.status / 100) });
  return { ...facts, words, indexText: [...columns, ...words].join(' ') };
}

/** Whoever asks for an environment may write any number; ids end at 31 bits. */
function existing(environmentId: number | null): number | null {
  return environmentId !== null && environmentId <= MAX_ID ? environmentId : null;
}

const MAX_ID = 2_147_483_647;
