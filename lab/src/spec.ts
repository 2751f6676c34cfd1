import type { Component } from './binaries/source.ts';
import type { PodTools } from './node/preflight.ts';
import type { ReleaseName } from './pins.ts';
import type { LabState } from './state.ts';

/** What a supervisor is started with; `spec.json` in the lab's folder. */
export interface Spec {
  state: LabState;
  release: ReleaseName;
  /** More flags for the API server. */
  apiServerFlags?: Readonly<Record<string, string>>;
  paths: Partial<Record<Component, string>> & { etcd: string; 'kube-apiserver': string };
  /** Whether the lab ends when standard input does; else it is a daemon. */
  owned: boolean;
  /** The system's programs that run pods; undefined for a lab without pods. */
  pods?: PodTools;
}

/** What a supervisor says on standard output while it starts, a line of JSON each. */
export type Report = { progress: string } | { ready: true } | { failed: string };
