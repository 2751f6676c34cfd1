import type { CallInput, CallOutput, RouteName } from '@sallyport/contract';
import { useNotify } from '../components/Notices.tsx';
import { useAct } from './client.ts';

interface DialogActOptions<N extends RouteName> {
  /** As for {@link useAct}. */
  readonly stale: readonly string[];
  /** Says what has happened, once it has. */
  readonly done: (answer: CallOutput<N>) => string;
  readonly onClose: () => void;
  /** Called besides `onClose`, and only once it is done. */
  readonly onDone?: (() => void) | undefined;
}

/**
 * The one act that a dialog is there for: once it has succeeded, that is said and the dialog closes.
 *
 * @returns `send` to do it; `error`, and `reset` to forget it; and `dialog`, what the dialog itself needs of it
 */
export function useDialogAct<N extends RouteName>(
  name: N,
  { stale, done, onClose, onDone }: DialogActOptions<N>,
) {
  const act = useAct(name, stale);
  const notify = useNotify();
  return {
    error: act.error,
    isBusy: act.isPending,
    /** Forgets the error. */
    reset: () => act.reset(),
    send: (input: CallInput<N>) =>
      act.mutate(input, {
        onSuccess: (answer) => {
          notify(done(answer));
          onClose();
          onDone?.();
        },
      }),
    dialog: { isBusy: act.isPending, error: act.error, onClose },
  };
}
