import { type ChildProcess, spawn } from 'node:child_process';

/** How a command is confined. */
export interface Confinement {
  /** The user and group by number; nobody needs to know them. */
  readonly id: number;
  /** The one folder that can be written, besides a /tmp of its own. */
  readonly writable: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Mounts everything read-only but $1, hides what is in /tmp, and runs the rest as a user without
 * rights: what systemd does for ProtectSystem=strict, PrivateTmp, DynamicUser, NoNewPrivileges and
 * CapabilityBoundingSet. The process keeps its id.
 */
const SCRIPT = `set -eu
writable="$1" id="$2"; shift 2
mount --bind "$writable" "$writable"
mount -t tmpfs -o mode=1777 tmpfs /tmp
while read -r _ point _ options _; do
  case "$point" in /proc | /proc/* | /sys | /sys/* | /dev | /dev/* | /tmp | "$writable") continue ;; esac
  mount -o remount,bind,ro "$point" 2>/dev/null || :
done < /proc/self/mounts
cd /
exec setpriv --reuid "$id" --regid "$id" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"`;

/** Starts a command so confined. Needs root, and mount namespaces. */
export function startConfined(command: readonly string[], how: Confinement): ChildProcess {
  return spawn(
    'unshare',
    [
      ...['--mount', '--propagation', 'private', '--', '/bin/sh', '-c', SCRIPT, 'confined'],
      ...[how.writable, String(how.id), ...command],
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...how.env },
    },
  );
}
