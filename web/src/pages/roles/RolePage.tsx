import { Button, Skeleton } from '@patternfly/react-core';
import { Id, type Role, type RoleCreate } from '@sallyport/contract';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useRoute } from '../../app/client.ts';
import { Lost } from '../../app/states/Lost.tsx';
import { useDialogAct } from '../../app/use-dialog-act.ts';
import { Facts } from '../../components/Facts.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { ProblemNote } from '../../components/ProblemNote.tsx';
import { ChangeRoleDialog, DeleteRoleDialog } from './RoleDialogs.tsx';
import { RoleForm } from './RoleForm.tsx';
import { Warnings } from './Warnings.tsx';
import './roles.css';

/** One role: to be made, to be changed, or (a built-in one) to be read. */
export function RolePage() {
  const { id } = useParams({ strict: false });
  if (id === 'new') return <NewRole />;
  const known = Id.safeParse(Number(id));
  return known.success ? <KnownRole id={known.data} /> : <Lost />;
}

function NewRole() {
  const navigate = useNavigate();
  const create = useDialogAct('roles.create', {
    stale: ['roles.'],
    done: ({ name }) => `The role ${name} is made. It can be granted now.`,
    onClose: () => void navigate({ to: '/roles' }),
  });
  return (
    <>
      <PageHead title="New role" lead="Rules of Kubernetes RBAC under a name of your own." />
      <RoleForm
        submit="Make role"
        isBusy={create.isBusy}
        error={create.error}
        onSubmit={(body) => create.send({ body })}
      />
    </>
  );
}

function KnownRole({ id }: { id: number }) {
  const { data: role, error, refetch } = useRoute('roles.get', { params: { id } });
  return (
    <>
      {!role && <PageHead title="Role" />}
      <ProblemNote error={error} onRetry={refetch} />
      {!role && !error && <Skeleton height="10rem" screenreaderText="On its way" />}
      {role && (role.builtin ? <BuiltinRole role={role} /> : <CustomRole role={role} />)}
    </>
  );
}

function BuiltinRole({ role }: { role: Role }) {
  return (
    <>
      <PageHead title={role.name} lead={role.description} />
      <div className="sp-stack">
        <Facts
          facts={{
            'In a cluster': <span className="sp-mono">ClusterRole {role.clusterRole}</span>,
            Grants: role.grants,
          }}
        />
        <p>
          Every cluster has this role. What it allows is the cluster’s own business, and Sallyport
          does not change it.
        </p>
        <Warnings of={role.warnings} />
      </div>
    </>
  );
}

function CustomRole({ role }: { role: Role }) {
  const navigate = useNavigate();
  const [changed, setChanged] = useState<RoleCreate>();
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <PageHead title={role.name} lead={role.description}>
        <Button variant="secondary" isDanger onClick={() => setDeleting(true)}>
          Delete
        </Button>
      </PageHead>
      <RoleForm
        key={role.updatedAt}
        role={role}
        submit="Save"
        isBusy={false}
        error={undefined}
        onSubmit={setChanged}
      />
      {changed && (
        <ChangeRoleDialog role={role} to={changed} onClose={() => setChanged(undefined)} />
      )}
      {deleting && (
        <DeleteRoleDialog
          role={role}
          onClose={() => setDeleting(false)}
          onDone={() => void navigate({ to: '/roles' })}
        />
      )}
    </>
  );
}
