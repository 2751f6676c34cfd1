import type { CallInput, CallOutput, RouteName } from '@sallyport/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useNotify } from '../components/Notices.tsx';
import { refusalInWords } from '../lib/problems.ts';
import { type ActOptions, actAgain, useAct } from './client.ts';

interface DialogActOptions<N extends RouteName> extends Pick<ActOptions<N>, 'stale' | 'foresee'> {
  /** Says what has happened, once it has. */
  readonly done: (answer: CallOutput<N>) => string;
  readonly onClose: () => void;
  /** Called besides `onClose`, and only once it is done. */
  readonly onDone?: (() => void) | undefined;
}

/**
 * The one act that a dialog is there for: once it has succeeded, that is said and the dialog closes.
 * Where its outcome is foreseen the dialog closes at once; a refusal is then told in a notice, which
 * stays, and offers to try again.
 *
 * @returns `send` to do it; `error`, and `reset` to forget it; and `dialog`, what the dialog itself needs of it
 */
export function useDialogAct<N extends RouteName>(
  name: N,
  { stale, foresee, done, onClose, onDone }: DialogActOptions<N>,
) {
  const notify = useNotify();
  const cache = useQueryClient();
  const isClosed = useRef(false);
  const options: ActOptions<N> = {
    stale,
    foresee,
    onForeseen: () => {
      if (!isClosed.current) onClose();
      isClosed.current = true;
    },
    onDone: (answer) => {
      notify(done(answer));
      if (!isClosed.current) onClose();
      onDone?.();
    },
    onRefused: (error, input) => {
      if (!isClosed.current) return;
      notify(refusalInWords(error), 'bad', {
        name: 'Try again',
        run: () => actAgain(cache, name, options, input),
      });
    },
  };
  const act = useAct(name, options);
  return {
    error: act.error,
    isBusy: act.isPending,
    /** Forgets the error. */
    reset: () => act.reset(),
    send: (input: CallInput<N>) => act.mutate(input),
    dialog: { isBusy: act.isPending, error: act.error, onClose },
  };
}
