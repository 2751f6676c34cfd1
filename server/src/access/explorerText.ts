import type {
  AccessRight,
  ExplainedPerson,
  NamespaceAccess,
  NamespaceInEnvironment,
  PersonAccess,
  PersonInEnvironment,
} from '@sallyport/contract';

/**
 * Writes what a person can do, for somebody who reads it on paper. What people have typed is put
 * on one line, so that no note can look like a part of the report.
 */
export function personText({ asOf, person, items, total }: PersonAccess): string {
  const entered = items.filter(({ mayEnter }) => mayEnter).length;
  return lines([
    `What ${person.username} can do`,
    `As of ${time(asOf)}, by the rules that Sallyport applies to each request.`,
    '',
    describePerson(person),
    total === 0
      ? 'No grant is for them, so they may enter no environment.'
      : `They may enter ${entered} of the ${total} ${plural(total, 'environment')} below.`,
    ...items.flatMap((item) => ['', ...personIn(item, person)]),
  ]);
}

/** Writes who can reach a namespace. */
export function namespaceText({ asOf, namespace, items }: NamespaceAccess): string {
  return lines([
    `Who can reach namespace ${namespace}`,
    `As of ${time(asOf)}, by the rules that Sallyport applies to each request.`,
    ...(items.length === 0 ? ['', 'Nobody has a grant that reaches it.'] : []),
    ...items.flatMap((item) => ['', ...namespaceIn(item)]),
  ]);
}

function personIn(
  { environment, mayEnter, identity, rights }: PersonInEnvironment,
  who: ExplainedPerson,
) {
  const { name, rbac } = environment;
  const [now, not] = split(rights);
  return [
    heading(`In ${plain(name)}`),
    mayEnter
      ? `${who.username} may enter.`
      : `${who.username} may not enter${who.disabled ? ': they are disabled' : ''}.`,
    ...(rbac === 'external' && mayEnter
      ? ["What they may do inside is decided by the cluster's owner, who binds the names below."]
      : []),
    ...(identity
      ? [
          `The cluster sees user ${identity.user}`,
          ...(identity.groups.length === 0 ? [] : ['in the groups', ...identity.groups.map(dash)]),
        ]
      : []),
    ...(now.length === 0 ? [] : ['', 'In force:', ...now.flatMap(describeRight)]),
    ...(not.length === 0 ? [] : ['', 'Not in force:', ...not.flatMap(describeRight)]),
  ];
}

function namespaceIn({ environment, people, total, message }: NamespaceInEnvironment): string[] {
  const able = people.filter(({ mayReach }) => mayReach);
  const unable = people.filter(({ mayReach }) => !mayReach);
  const describe = ({ person, rights }: (typeof people)[number]) => [
    '',
    describePerson(person),
    ...rights.flatMap(describeRight),
  ];
  return [
    heading(`In ${plain(environment.name)}`),
    ...(environment.rbac === 'external'
      ? ["What people may do inside is decided by the cluster's owner; these may enter."]
      : []),
    ...(message === null ? [] : [message]),
    able.length === 0
      ? 'Nobody can reach it.'
      : `${able.length} ${plural(able.length, 'person', 'people')} can reach it:`,
    ...able.flatMap(describe),
    ...(unable.length === 0
      ? []
      : ['', 'Named by a grant, and yet without access:', ...unable.flatMap(describe)]),
    ...(total > people.length ? ['', `And ${total - people.length} more.`] : []),
  ];
}

function describePerson({ username, disabled, teams }: ExplainedPerson): string {
  const inTeams =
    teams.length === 0
      ? 'in no team'
      : `in the ${plural(teams.length, 'team')} ${teams.join(', ')}`;
  return `${username} is ${disabled ? 'disabled and ' : ''}${inTeams}.`;
}

function describeRight(right: AccessRight): string[] {
  const { grantId, role, meaning, team, expiresAt, note, why } = right;
  const through = team === null ? 'to the person' : `through team ${team}`;
  const end = expiresAt === null ? 'without an end' : `until ${time(expiresAt)}`;
  return [
    `  - ${plain(role)} ${rightScope(right)}`,
    `      Grant ${grantId}, ${through}, ${end}.`,
    ...(meaning === '' ? [] : [`      ${plain(meaning)}`]),
    ...(note === '' ? [] : [`      Note: ${plain(note)}`]),
    ...(why === null ? [] : [`      ${plain(why)}`]),
  ];
}

/** Where a right holds, in words. */
function rightScope({ namespaces, namespaceSelector, state }: AccessRight): string {
  if (namespaceSelector !== null) {
    const labelled = `in namespaces with the labels ${namespaceSelector}`;
    if (state === 'external' || state === 'unknown') return labelled;
    return namespaces?.length ? `${labelled}, now ${namespaces.join(', ')}` : labelled;
  }
  if (namespaces === null) return 'in the whole cluster';
  return `in the ${plural(namespaces.length, 'namespace')} ${namespaces.join(', ')}`;
}

function split(rights: readonly AccessRight[]): [AccessRight[], AccessRight[]] {
  const holds = ({ state }: AccessRight) => state === 'in-force' || state === 'external';
  return [rights.filter(holds), rights.filter((right) => !holds(right))];
}

/** `2026-11-22 19:05 UTC` */
function time(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

function heading(text: string): string {
  return `== ${text} ==`;
}

function dash(text: string): string {
  return `  - ${text}`;
}

/** One line, without anything that a terminal would take for more than text. */
function plain(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, ' ').trim();
}

function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
