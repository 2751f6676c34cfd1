import type { Certificates } from '../certificates.ts';
import type { Children } from '../children.ts';
import type { Machine, Tool } from '../machine.ts';
import type { Offer, Upstream } from '../upstream.ts';

/** What a contender is started with. */
export interface Surroundings {
  readonly machine: Machine;
  readonly children: Children;
  readonly upstream: Upstream;
  /** The upstream's, and those that a contender serves with. */
  readonly certificates: Certificates;
  /** Of the compiled Go programs. */
  readonly programs: string;
  /** A folder for files; removed at the end. */
  readonly folder: string;
}

/** A way to the upstream. */
export interface Contender<R = Running> {
  readonly name: string;
  /** For the tables. */
  readonly title: string;
  readonly needs: readonly Tool[];
  /**
   * @param offer what the upstream shall offer it
   * @throws Error where it does not come up
   */
  start(surroundings: Surroundings, offer: Offer): Promise<R>;
}

export interface Stoppable {
  stop(): Promise<void>;
}

export interface Running extends Stoppable {
  /** The process to measure, with its children; undefined: there is none. */
  readonly pid: number | undefined;
  /** The https URL of one of the upstream's paths. */
  url(path: string): string;
  /** Path of the PEM file of the CA to trust. */
  readonly ca: string;
  /** Bearer tokens to use in turn; empty: none is needed. */
  readonly tokens: readonly string[];
}
