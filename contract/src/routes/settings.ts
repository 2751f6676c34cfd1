import {
  BackupRequest,
  CertificateReset,
  CertificateUpload,
  ClockState,
  PublicSettings,
  Settings,
  SettingsPatch,
  SystemStatus,
  TlsInfo,
} from '../settings.ts';
import { define } from './route.ts';

/** Settings, and what Sallyport says of itself. */
export const settingsRoutes = define({
  'settings.get': {
    method: 'GET',
    path: '/api/settings',
    access: 'admin',
    summary: 'Settings',
    response: Settings,
  },
  'settings.update': {
    method: 'PUT',
    path: '/api/settings',
    access: 'admin',
    summary: 'Change settings; those not named stay',
    body: SettingsPatch,
    response: Settings,
  },
  'settings.public': {
    method: 'GET',
    path: '/api/settings/public',
    access: 'public',
    summary: 'What a page needs before sign-in',
    response: PublicSettings,
  },
  'system.tls': {
    method: 'GET',
    path: '/api/system/tls',
    access: 'admin',
    summary: 'The certificate in use, and the listeners',
    response: TlsInfo,
  },
  'system.uploadCertificate': {
    method: 'PUT',
    path: '/api/system/tls/certificate',
    access: 'admin',
    summary: 'Serve with another certificate from now on, on all workers of this machine',
    body: CertificateUpload,
    response: TlsInfo,
  },
  'system.resetCertificate': {
    method: 'POST',
    path: '/api/system/tls/reset',
    access: 'admin',
    summary: "Go back from an uploaded certificate to one of Sallyport's own CA",
    body: CertificateReset,
    response: TlsInfo,
  },
  'system.backup': {
    method: 'POST',
    path: '/api/system/backup',
    access: 'admin',
    file: true,
    summary: 'All data but the audit log as one file, sealed with a passphrase',
    body: BackupRequest,
  },
  'system.clock': {
    method: 'GET',
    path: '/api/system/clock',
    access: 'admin',
    summary: "Whether the machine's clock was set back",
    response: ClockState,
  },
  'system.status': {
    method: 'GET',
    path: '/api/system/status',
    access: 'public',
    summary: 'Version and state',
    response: SystemStatus,
  },
});
