import { generateSync } from 'otplib/functional';
import type { Person } from '../../scripts/rest.ts';
import { PASSWORD } from './apiHouse.ts';

/** A person's app: shows codes of a secret, never one twice. */
export interface App {
  /**
   * The next code that is good, two at the most within one step of time: one of the step before
   * could be too old by the time that it arrives.
   */
  readonly next: () => string;
  /** A code that is not good now. */
  readonly wrong: () => string;
}

export function createApp(secret: string): App {
  const at = (step: number) => generateSync({ secret, epoch: step * 30 });
  const now = () => Math.floor(Date.now() / 30_000);
  let last = now() - 1;
  return {
    next() {
      last = Math.max(last + 1, now());
      return at(last);
    },
    wrong() {
      const good = [-2, -1, 0, 1, 2, 3].map((steps) => at(now() + steps));
      return ['000000', '111111', '222222', '333333', '444444', '555555', '666666'].find(
        (code) => !good.includes(code),
      ) as string;
    },
  };
}

/** Has somebody who is signed in switch a second factor on. */
export async function switchOn(person: Person) {
  const begun = await person.call('secondFactor.begin', { body: { password: PASSWORD } });
  const app = createApp(begun.secret);
  const { recoveryCodes } = await person.call('secondFactor.confirm', {
    body: { code: app.next() },
  });
  return { app, recoveryCodes, ...begun };
}
