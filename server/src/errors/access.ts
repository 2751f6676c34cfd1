import { define } from './entry.ts';

/** Roles and grants. */
export const accessErrors = define({
  'role.not_found': { status: 404, title: 'No such role', message: 'There is no role {role}.' },
  'role.exists': {
    status: 409,
    title: 'Name taken',
    message: 'There is a role named {role} already (upper and lower case are one).',
  },
  'role.builtin': {
    status: 409,
    title: 'Built-in role',
    message:
      'The role {role} is one that every cluster has. Sallyport neither changes nor removes it.',
    remedy: 'Make a role of your own with the rules that you need.',
  },
  'role.rules_invalid': {
    status: 422,
    title: 'Rules not possible',
    message: 'Kubernetes would refuse these rules. {why}',
  },
  'role.in_use': {
    status: 409,
    title: 'Role in use',
    message: 'Grants name the role {role}: {grants} of them.',
    remedy: 'End them first, or remove the role with its grants (endGrants=true).',
  },
  'grant.not_found': { status: 404, title: 'No such grant', message: 'There is no grant {id}.' },
  'grant.exists': {
    status: 409,
    title: 'Granted already',
    message: 'Grant {id} says the same already.',
    remedy: 'Change its end or its note instead.',
  },
  'grant.invalid': { status: 422, title: 'Grant not possible', message: '{why}' },
});
