/** What of a request's body stands in the audit log. */

/** Fields that hold nothing secret. Any other, whoever adds it, is named without its value. */
const SHOWN: ReadonlySet<string> = new Set([
  ...['username', 'name', 'role', 'roleId', 'disabled', 'userId', 'teamId', 'act', 'ids'],
  ...['environmentIds', 'environmentSelector', 'namespaces', 'namespaceSelector', 'note'],
  ...['allEnvironments', 'namespace'],
  ...['expiresAt', 'expiresIn', 'currentEnvironmentId', 'description', 'rules'],
  ...['environmentId', 'overlap', 'revokeKubeconfigs'],
  ...['signIn', 'issuer', 'clientId', 'scopes', 'usernameClaim', 'groupsClaim', 'button'],
  ...['entry', 'entryGroups', 'teams', 'adminGroups', 'countsFor'],
  ...['labels', 'rbac', 'server', 'context', 'tlsServerName', 'anyName'],
]);
/** Texts of files, among settings too: who pastes the wrong one has pasted a key. */
const NEVER_SHOWN: ReadonlySet<string> = new Set(['kubeconfigCas', 'pem']);
const HIDDEN = '[hidden]';

/**
 * The details of an act.
 *
 * @param body as the contract's schema has let it through
 * @param allShown whether no field of it can be secret, as with settings
 */
export function detailsOf(body: unknown, allShown: boolean): Record<string, unknown> {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [
        key,
        (allShown && !NEVER_SHOWN.has(key)) || SHOWN.has(key) ? value : HIDDEN,
      ]),
  );
}
