import { Button } from '@patternfly/react-core';
import { call } from '../../app/client.ts';
import { Icon } from '../../components/Icon.tsx';
import { useNotify } from '../../components/Notices.tsx';
import { reportPath, type reportQuery } from '../../lib/explore.ts';

type Query = NonNullable<ReturnType<typeof reportQuery>>;

/** The whole answer as text: to copy, or as a file. */
export function Report({ query }: { query: Query }) {
  const notify = useNotify();
  async function copy() {
    try {
      const text = await (await call('access.report', { query })).text();
      await navigator.clipboard.writeText(text);
      notify('The report is copied.');
    } catch {
      notify('It could not be copied; download it instead.', 'bad');
    }
  }
  return (
    <>
      <Button variant="secondary" icon={<Icon name="copy" size={16} />} onClick={() => void copy()}>
        Copy as text
      </Button>
      <Button
        component="a"
        href={reportPath(query)}
        download
        icon={<Icon name="download" size={16} />}
      >
        Download text
      </Button>
    </>
  );
}
