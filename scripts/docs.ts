/**
 * Writes the documents that are made from the code.
 *
 *   node scripts/docs.ts            writes them
 *   node scripts/docs.ts --check    fails where one is not what the code would write
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ConfigRow, configReference } from '../server/src/config.ts';
import {
  type ServiceAccountOptions,
  serviceAccountManifest,
} from '../server/src/environments/serviceAccount.ts';
import { withValuesTable } from './docs/chartValues.ts';

const ROOT = join(import.meta.dirname, '..');

const DOCUMENTS: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': () => configurationPage(configReference()),
  'deploy/chart/README.md': () =>
    withValuesTable(
      readFileSync(join(ROOT, 'deploy/chart/README.md'), 'utf8'),
      readFileSync(join(ROOT, 'deploy/chart/values.yaml'), 'utf8'),
    ),
  'deploy/serviceaccount.yaml': () =>
    manifestFile('deploy/serviceaccount.yaml', 'any Kubernetes from 1.20 on', {
      ...{ rbac: 'managed', customRoles: false, impersonation: 'full' },
    }),
  'deploy/serviceaccount-constrained.yaml': () =>
    manifestFile('deploy/serviceaccount-constrained.yaml', 'Kubernetes 1.36 and later', {
      ...{ rbac: 'managed', customRoles: false, impersonation: 'constrained' },
    }),
};

/** A manifest with what to know before it is applied. */
function manifestFile(path: string, where: string, options: ServiceAccountOptions): string {
  return `# Made by scripts/docs.ts from server/src/environments/serviceAccount.ts. Change it there.
#
# What a cluster gives Sallyport: a ServiceAccount that may pass requests on as other people, and
# keep the bindings that grants need. For ${where}. The page Environments and
# GET /api/environments/onboarding make one for each mode and for custom roles, and a command that
# applies it and prints a kubeconfig to paste back.
#
#   kubectl apply -f ${path}
#
# With the RBAC mode external leave out the rules about bindings and roles.
${serviceAccountManifest(options)}`;
}

/** The page of settings, in Markdown. */
export function configurationPage(rows: readonly ConfigRow[]): string {
  return `<!-- Made by scripts/docs.ts from server/src/config.ts. Change it there. -->

# Configuration

Every setting has a flag, an environment variable and a key in a YAML file. Where one is given more than once, a flag beats a variable, a variable beats the file, and the file beats the default. A value that is not valid stops the start, with a line for each that says where it came from.

| Flag | Variable | Key in the file | Default | Meaning |
|---|---|---|---|---|
${rows.map(tableRow).join('\n')}

- An empty variable counts as not set.
- Kubernetes sets \`SALLYPORT_PORT=tcp://…\` in pods beside a Service named \`sallyport\`. That is not taken for a setting.
- Relative paths are taken from the working directory; those in the file from the folder of the file.
- Durations are written like \`10s\`, \`1m30s\` or \`1h\`.
- Flags are visible to every user of the machine. Secrets belong in variables or in the file.

## The file

\`sallyport.yaml\` in the working directory is read where it exists; \`--config\` names another. Lists may be written as YAML lists.

\`\`\`yaml
port: 9443
publicUrl: https://sallyport.example.com
dataDir: /var/lib/sallyport
tlsCert: /etc/sallyport/tls.crt
tlsKey: /etc/sallyport/tls.key
trustedProxies:
  - 10.0.0.0/8
  - fd00::/8
\`\`\`
`;
}

function tableRow(row: ConfigRow): string {
  const cells = [
    row.flag && code(`${row.flag} ${row.placeholder}`),
    code(row.variable),
    row.key && code(row.key),
    row.default && code(row.default),
    row.description,
  ];
  return `| ${cells.map((cell) => (cell || '–').replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) {
  const check = process.argv.includes('--check');
  for (const [path, make] of Object.entries(DOCUMENTS)) {
    const file = join(ROOT, path);
    if (!check) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, make());
    } else if (readIfThere(file) !== make()) {
      console.error(`${path} is out of date: run node scripts/docs.ts`);
      process.exitCode = 1;
    }
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
