import { Button } from '@patternfly/react-core';
import type { Stream } from '@sallyport/contract';
import type { Column } from '../../components/DataTable.tsx';
import { streamInWords } from '../../lib/live.ts';

/** The column of a list of streams by which one is ended. */
export function endColumn(end: (stream: Stream) => void): Column<Stream> {
  return {
    name: 'Act',
    quiet: true,
    cell: (stream) => (
      <Button
        variant="link"
        isDanger
        aria-label={`End ${streamInWords(stream)} of ${stream.username}`}
        onClick={() => end(stream)}
      >
        End
      </Button>
    ),
  };
}
