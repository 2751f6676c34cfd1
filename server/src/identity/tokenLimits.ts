import type { User, UserPatch } from '@sallyport/contract';
import type { z } from 'zod';
import { fail } from '../errors.ts';

/** How whoever asks for something has shown who they are. */
export type ShownBy = 'session' | 'token';

/**
 * Refuses what an API token must not do to users, an admin's too. Whoever has stolen one, or still
 * holds one that was lent to them, has what it can do until it is revoked; an account of an admin made
 * or taken over with it would be theirs after that as well.
 *
 * @param was the role of the user; undefined: they are being made
 * @param change what they are to be; undefined: gone, or shut out, or let in again
 * @throws user.session_only
 */
export function limitToken(
  by: ShownBy,
  was: User['role'] | undefined,
  change: Pick<z.infer<typeof UserPatch>, 'role' | 'password' | 'signIn'> = {},
): void {
  if (by === 'session') return;
  const takesOver =
    was !== undefined && (change.password !== undefined || change.signIn !== undefined);
  if (was === 'admin' || change.role === 'admin' || takesOver) throw fail('user.session_only');
}
