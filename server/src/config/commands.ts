import type { Arguments, Problem } from './sources.ts';

/** What a command takes besides settings. */
interface Command {
  /** What its argument is; absent: it takes none. */
  readonly needs?: string;
  /** Flags with a value, and what each that must be given is for. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly switches?: readonly string[];
}

/** The commands that there are. */
const COMMANDS = {
  serve: {},
  backup: {
    flags: {
      to: 'the folder for the backup, or the file to be: --to FOLDER',
      'passphrase-file': 'a file with the passphrase that seals it: --passphrase-file FILE',
      keep: undefined,
    },
    switches: ['with-audit'],
  },
  restore: { needs: 'the file of a backup: restore FILE' },
  'accept-clock': {},
  'reset-password': { needs: 'the name of a user: reset-password USER' },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof COMMANDS;

const ALL: ReadonlyArray<readonly [name: string, command: Command]> = Object.entries(COMMANDS);

/** The flags with a value that some command takes, and those without. */
export const COMMAND_FLAGS = ALL.flatMap(([, { flags }]) => Object.keys(flags ?? {}));
export const COMMAND_SWITCHES = ALL.flatMap(([, { switches }]) => switches ?? []);

export interface Asked {
  /** undefined: there is no such command. */
  readonly command: CommandName | undefined;
  readonly argument: string;
  readonly problems: readonly Problem[];
}

/** Says which command is asked for, and what is wrong with what it is given; settings aside. */
export function readCommand({ positionals, flags, switches }: Arguments): Asked {
  const [name = 'serve', ...rest] = positionals;
  if (!isCommand(name)) {
    const all = Object.keys(COMMANDS).join(', ');
    const problems = [`${name} is no command of Sallyport: there are ${all}`];
    return { command: undefined, argument: '', problems };
  }
  const command: Command = COMMANDS[name];
  const [argument, ...others] = command.needs === undefined ? ['', ...rest] : rest;
  const problems: Problem[] = [];
  if (argument === undefined) problems.push(`${name} needs ${command.needs}`);
  if (others.length > 0) problems.push(`${name} takes no argument ${others.join(' ')}`);
  const own = command.flags ?? {};
  for (const [flag, use] of Object.entries(own)) {
    if (use !== undefined && !flags.has(flag)) problems.push(`${name} needs ${use}`);
  }
  const given = [
    ...COMMAND_FLAGS.filter((flag) => flags.has(flag) && !Object.hasOwn(own, flag)),
    ...COMMAND_SWITCHES.filter((one) => switches.has(one) && !command.switches?.includes(one)),
  ];
  for (const flag of given) problems.push(`${name} takes no --${flag}`);
  return { command: name, argument: argument ?? '', problems };
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** @returns how many backups are kept; undefined: all; or what is wrong */
export function readKeep(text: string | undefined): number | undefined | Problem {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  return `--keep: "${text}" is not a number from 1 to 99999`;
}
