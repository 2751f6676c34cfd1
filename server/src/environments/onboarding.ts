import { PROBE } from './impersonated.ts';
import {
  ACCOUNT,
  base,
  clusterRole,
  type ImpersonationRights,
  type ServiceAccountOptions,
  TOKEN_SECRET,
} from './serviceAccount.ts';

export interface OnboardingOptions extends Omit<ServiceAccountOptions, 'impersonation'> {
  /** `auto`: constrained where the cluster has it, else full. */
  readonly impersonation: ImpersonationRights | 'auto';
}

/**
 * A command for a POSIX shell with kubectl as an admin of the cluster. It applies the manifest, and
 * prints on stdout a kubeconfig with the ServiceAccount's token, to be pasted into Sallyport; what
 * it does it says on stderr. It needs no image, and can be run again: then it brings the rules up
 * to date and prints the same token.
 *
 * With `auto` constrained impersonation is tried by doing it, since a cluster does not tell whether
 * it has the feature on.
 */
export function onboardingCommand(options: OnboardingOptions): string {
  const { impersonation } = options;
  const role = (rights: ImpersonationRights) =>
    clusterRole({ ...options, impersonation: rights }).trimEnd();
  return `sh -eu <<'SALLYPORT'
say() { echo "$*" >&2; }
k() { kubectl "$@" </dev/null; }
apply() { kubectl apply -f - >&2; }
own() { k -n ${ACCOUNT} get secret ${TOKEN_SECRET} -o go-template="{{$1}}" 2>/dev/null; }
cluster() { k config view --minify --flatten --raw -o jsonpath="{.clusters[0].cluster.$1}"; }
answer() {
  k --kubeconfig "$file" --as ${PROBE.user} --as-group ${PROBE.groups[0]} auth can-i get pods 2>/dev/null || :
}
works() {
  tries=0
  while [ -z "$(answer)" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 8 ] || return 1
    sleep 0.5
  done
}
constrained() {
  apply <<'YAML'
${role('constrained')}
YAML
}
full() {
  apply <<'YAML'
${role('full')}
YAML
}
apply <<'YAML'
${base().trimEnd()}
YAML
${impersonation === 'full' ? 'full' : 'constrained'}
tries=0
until [ -n "$(own 'index .data "token"')" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { say "The cluster did not make a token."; exit 1; }
  sleep 0.5
done
ca=$(cluster certificate-authority-data)
if [ "$(cluster insecure-skip-tls-verify)" = true ]; then ca=$(own 'index .data "ca.crt"'); fi
name=$(cluster tls-server-name)
file=$(mktemp)
trap 'rm -f "$file"' EXIT
cat >"$file" <<YAML
apiVersion: v1
kind: Config
preferences: {}
clusters:
  - name: cluster
    cluster:
      server: $(cluster server)
$([ -z "$ca" ] || echo "      certificate-authority-data: $ca")
$([ -z "$name" ] || echo "      tls-server-name: $name")
users:
  - name: ${ACCOUNT}
    user:
      token: $(own 'index .data "token" | base64decode')
contexts:
  - name: cluster
    context: { cluster: cluster, user: ${ACCOUNT} }
current-context: cluster
YAML
${
  impersonation === 'auto'
    ? `if ! works; then
  say "Constrained impersonation is not on here (it is by default from Kubernetes 1.36): using full."
  full
fi
`
    : ''
}works || say "The ServiceAccount cannot impersonate yet; the connection test in Sallyport says why."
say "Paste this into Sallyport as the kubeconfig of a new environment:"
cat "$file"
SALLYPORT
`;
}
