import { PublicSettings, Settings, SettingsPatch, SystemStatus } from '../settings.ts';
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
  'system.status': {
    method: 'GET',
    path: '/api/system/status',
    access: 'public',
    summary: 'Version and state',
    response: SystemStatus,
  },
});
