import { define } from './entry.ts';

/** Roles and grants. */
export const accessErrors = define({
  'role.not_found': { status: 404, title: 'No such role', message: 'There is no role {role}.' },
  'grant.not_found': { status: 404, title: 'No such grant', message: 'There is no grant {id}.' },
  'grant.exists': {
    status: 409,
    title: 'Granted already',
    message: 'Grant {id} says the same already.',
    remedy: 'Change its end or its note instead.',
  },
  'grant.invalid': { status: 422, title: 'Grant not possible', message: '{why}' },
});
