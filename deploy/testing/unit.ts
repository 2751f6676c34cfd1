import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const UNITS = join(import.meta.dirname, '..');

export type Unit = 'sallyport.service' | 'sallyport-backup.service' | 'sallyport-backup.timer';

/** Where the unit expects the installation. */
export const INSTALLED = '/opt/sallyport';

/** The unit as it is for an installation in another folder. */
export function unitText(installed = INSTALLED, unit: Unit = 'sallyport.service'): string {
  return readFileSync(join(UNITS, unit), 'utf8').replaceAll(INSTALLED, installed);
}

/** A setting of the unit's [Service]. @throws Error where it is not there once */
export function setting(name: string, text = unitText()): string {
  const [value, ...more] = [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))];
  if (!value || more.length > 0) throw new Error(`the unit has not one ${name}`);
  return value[1] ?? '';
}

/** Variables of the unit, by name. */
export function environment(): Record<string, string> {
  return Object.fromEntries(
    setting('Environment')
      .split(' ')
      .map((pair) => pair.split('=') as [string, string]),
  );
}
