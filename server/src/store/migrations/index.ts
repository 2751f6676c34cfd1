import type { Kysely } from 'kysely';
import type { Dialect } from '../database.ts';
import * as initial from './0001_initial.ts';
import * as kubeconfigs from './0002_kubeconfigs.ts';
import * as customRoles from './0003_custom_roles.ts';
import * as grantSelectors from './0004_grant_selectors.ts';
import * as health from './0006_health.ts';
import * as provider from './0007_provider.ts';
import * as secondFactor from './0008_second_factor.ts';

export type MigrationStep = (db: Kysely<unknown>, dialect: Dialect) => Promise<void>;

/**
 * Every migration by name, oldest first. One that has been released is never changed again; the
 * next change is the next file.
 */
export const migrations: Readonly<Record<string, MigrationStep>> = {
  '0001_initial': initial.up,
  '0002_kubeconfigs': kubeconfigs.up,
  '0003_custom_roles': customRoles.up,
  '0004_grant_selectors': grantSelectors.up,
  '0006_health': health.up,
  '0008_second_factor': secondFactor.up,
  '0007_provider': provider.up,
};
