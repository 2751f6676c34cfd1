import { Button, ModalBody, ModalFooter } from '@patternfly/react-core';
import { useAct } from '../../app/client.ts';
import { useMe } from '../../app/session.ts';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { Tag } from '../../components/Tag.tsx';
import { CheckResult } from './CheckResult.tsx';
import type { Addition, useAddMany } from './use-add-many.ts';

interface ManyStepProps {
  readonly many: ReturnType<typeof useAddMany>;
  readonly onClose: () => void;
}

/** What becomes of several environments that are added together, each by itself. */
export function ManyStep({ many, onClose }: ManyStepProps) {
  const { additions = [], isBusy, retry } = many;
  const me = useMe();
  const grant = useAct('grants.create', { stale: ['grants.', 'environments.'] });
  const added = additions.flatMap(({ environment }) => environment ?? []);
  const failed = additions.filter(({ state }) => state === 'failed').length;
  return (
    <>
      <ModalBody>
        <div className="sp-stack">
          <ul className="sp-additions" aria-live="polite" aria-busy={isBusy}>
            {additions.map((addition) => (
              <li key={addition.body.name}>
                <One {...addition} />
              </li>
            ))}
          </ul>
          <ProblemNote error={grant.error} title="The grant was not made" />
          {!isBusy && added.length > 0 && (
            <p>
              {grant.data
                ? `You are cluster-admin in ${added.length === 1 ? 'it' : `these ${added.length}`} now.`
                : 'Nobody may enter yet: that takes a grant, for admins as for everybody.'}
            </p>
          )}
        </div>
      </ModalBody>
      <ModalFooter>
        {!isBusy && failed > 0 && (
          <Button variant="secondary" onClick={retry}>
            {failed === 1 ? 'Try the failed one again' : `Try the ${failed} failed again`}
          </Button>
        )}
        {!isBusy && added.length > 0 && !grant.data && (
          <Button
            variant="secondary"
            isLoading={grant.isPending}
            isDisabled={grant.isPending}
            onClick={() =>
              grant.mutate({
                body: {
                  userId: me.id,
                  environmentIds: added.map(({ id }) => id),
                  role: 'cluster-admin',
                },
              })
            }
          >
            Give me cluster-admin there
          </Button>
        )}
        <Button isDisabled={isBusy} onClick={onClose}>
          Done
        </Button>
      </ModalFooter>
    </>
  );
}

const STATES = {
  waiting: { words: 'Waiting', tone: undefined },
  busy: { words: 'Connecting…', tone: undefined },
  added: { words: 'Added', tone: 'good' },
  failed: { words: 'Not added', tone: 'bad' },
} as const;

function One({ body, state, environment, error }: Addition) {
  const { words, tone } = STATES[state];
  return (
    <>
      <p className="sp-row">
        <b>{body.name}</b> <Tag tone={tone}>{words}</Tag>
      </p>
      {environment && <CheckResult check={environment.check} />}
      <ProblemNote error={error} />
    </>
  );
}
