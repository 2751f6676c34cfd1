import type { ApiAccess } from '../api.ts';
import type { Children } from '../children.ts';
import type { Spec } from '../spec.ts';

/** The part of a lab that runs pods. */
export class NodeParts {
  readonly enter: string[] = [];
  readonly address: string = '';
  constructor(_spec: Spec, _children: Children, _progress: (line: string) => void) {}
  async open(): Promise<void> {
    throw new Error('not yet');
  }
  async ready(_access: ApiAccess): Promise<void> {}
}
