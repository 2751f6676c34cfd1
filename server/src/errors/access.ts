import { define } from './entry.ts';

/** Roles and grants. */
export const accessErrors = define({
  'role.not_found': { status: 404, title: 'No such role', message: 'There is no role {role}.' },
  'grant.not_found': { status: 404, title: 'No such grant', message: 'There is no grant {id}.' },
  'grant.invalid': { status: 422, title: 'Grant not possible', message: '{why}' },
});
