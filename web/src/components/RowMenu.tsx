import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useState } from 'react';
import { Icon } from './Icon.tsx';

export interface RowAct {
  readonly name: string;
  readonly isDanger?: boolean;
  readonly run: () => void;
}

/** What one can do with a row of a list. */
export function RowMenu({ label, acts }: { label: string; acts: readonly RowAct[] }) {
  const [open, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      // Inside the row, so that the menu stays in the page's landmarks and reading order.
      popperProps={{ position: 'right', appendTo: 'inline', minWidth: '12rem' }}
      shouldFocusToggleOnSelect
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          aria-label={label}
          isExpanded={open}
          onClick={() => setOpen(!open)}
          icon={<Icon name="more" />}
        />
      )}
    >
      <DropdownList>
        {acts.map(({ name, isDanger = false, run }) => (
          <DropdownItem key={name} isDanger={isDanger} onClick={run}>
            {name}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
