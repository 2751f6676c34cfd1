import type { MigrationStep } from '../index.ts';
import * as events from './0001_events.ts';
import * as forms from './0002_forms.ts';

/** The migrations of the audit log, which has a file of its own on SQLite; the same rules hold. */
export const auditMigrations: Readonly<Record<string, MigrationStep>> = {
  '0001_events': events.up,
  '0002_forms': forms.up,
};
