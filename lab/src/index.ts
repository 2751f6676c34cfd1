/** A real Kubernetes on this machine, for tests and for the demo. See README.md. */
export type { ClientCertificateOptions, ServiceAccountOptions } from './credentials.ts';
export type { Lab } from './lab.ts';
export {
  attachLab,
  downLab,
  type LabOptions,
  listLabs,
  startLab,
  upLab,
  useLab,
} from './launch.ts';
export { type Image, imageArchive } from './node/image.ts';
export { findPodTools } from './node/preflight.ts';
export type { ReleaseName } from './pins.ts';
export { hasPart, type Part } from './testing.ts';
