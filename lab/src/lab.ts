import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type ApiAccess, callApi } from './api.ts';
import { type ControlCommand, sendControl } from './control.ts';
import {
  type ClientCertificateOptions,
  mintClientCertificate,
  mintServiceAccountToken,
  type ServiceAccountOptions,
} from './credentials.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import type { KeyPair } from './pki.ts';
import { files, type LabState } from './state.ts';

/** A running Kubernetes cluster of this machine. */
export interface Lab {
  readonly name: string;
  /** The API server's gitVersion, e.g. `v1.36.3`. */
  readonly version: string;
  /** Whether pods run: then there is a node, and its image is `docker.io/local/busybox:1`. */
  readonly pods: boolean;
  /** Why no pods run, in one sentence. */
  readonly podsReason?: string;
  /** The API server's https URL. */
  readonly server: string;
  /** The authority that signed the API server's certificate, PEM. */
  readonly caData: string;
  /** A kubeconfig with all rights, YAML. */
  readonly adminKubeconfig: string;
  readonly adminKubeconfigPath: string;
  /** A kubectl, of the server's version where one could be had; undefined where there is none. */
  readonly kubectl?: string;
  /** The kubectl that this machine's user has, from KUBECTL or PATH; of any version. */
  readonly systemKubectl?: string;
  /** The API server's audit log: a JSON event a line, level Metadata. */
  readonly auditLogPath: string;
  /** The folder of each part's log, `kube-apiserver.log` and so on. */
  readonly logsPath: string;
  /** The value for SALLYPORT_LAB_STATE with which other processes share this lab. */
  readonly statePath: string;
  /** Where each program came from, in words. */
  readonly sources: Readonly<Record<string, string>>;
  /** Which optional programs are missing, and why. */
  readonly missing: Readonly<Record<string, string>>;
  /** Calls the API as administrator: an answer of any status is returned, none is an error. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  /** Mints a ServiceAccount's bearer token; the account is made, and bound to `clusterRole`. */
  serviceAccountToken(name: string, options?: ServiceAccountOptions): Promise<string>;
  /** A kubeconfig (YAML) that signs in with that bearer token. */
  tokenKubeconfig(token: string): string;
  /** A client certificate for a user of any name and groups, and a kubeconfig with it. */
  clientCertificate(
    username: string,
    options?: ClientCertificateOptions,
  ): Promise<KeyPair & { kubeconfig: string }>;
  /**
   * Gives the node the images of an OCI archive (image layout, as one tar file), also on a shared lab.
   * A pod names one with `imagePullPolicy: IfNotPresent`. @throws Error where no pods run
   */
  importImages(archive: string): Promise<void>;
  /** Kills the API server: connections are refused. Not on a shared lab. */
  stopApiServer(): Promise<void>;
  /** Starts it again at the same address and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Stops the API server's clock (SIGSTOP): connections open, no answer comes. Not on a shared lab. */
  pauseApiServer(): Promise<void>;
  resumeApiServer(): Promise<void>;
  /** Takes everything down and removes it; does nothing on a shared lab. */
  stop(): Promise<void>;
}

/** Who may end a lab: one that is shared with other processes keeps running. */
export interface LabHandle {
  shared: boolean;
  stop(): Promise<void>;
}

/** The lab of that state. Reads its credentials from its folder, so it must be ready. */
export function openLab(state: LabState, handle: LabHandle): Lab {
  const at = files(state.folder);
  const adminKubeconfig = readFileSync(at.kubeconfig, 'utf8');
  const authority: KeyPair = {
    cert: readFileSync(join(at.pki, 'ca.crt'), 'utf8'),
    key: readFileSync(join(at.pki, 'ca.key'), 'utf8'),
  };
  const access: ApiAccess = {
    server: state.server,
    caData: authority.cert,
    ...readAdmin(adminKubeconfig),
  };
  const control = (command: ControlCommand): Promise<void> => {
    if (handle.shared) {
      throw new Error(
        `the lab "${state.name}" is shared: a test that does this needs its own (startLab)`,
      );
    }
    return sendControl(at.control, command);
  };
  return {
    name: state.name,
    version: state.version,
    pods: state.pods,
    ...(state.podsReason ? { podsReason: state.podsReason } : {}),
    server: state.server,
    caData: authority.cert,
    adminKubeconfig,
    adminKubeconfigPath: at.kubeconfig,
    ...(state.kubectl ? { kubectl: state.kubectl } : {}),
    ...(state.systemKubectl ? { systemKubectl: state.systemKubectl } : {}),
    auditLogPath: at.audit,
    logsPath: at.logs,
    statePath: at.state,
    sources: state.sources,
    missing: state.missing,
    call: (method, path, body) => callApi(access, method, path, body, 60_000),
    serviceAccountToken: (name, options) => mintServiceAccountToken(access, name, options),
    tokenKubeconfig: (token) =>
      renderKubeconfig('lab-token', state.server, authority.cert, { token }),
    clientCertificate: (username, options) =>
      mintClientCertificate(authority, state.server, username, options),
    importImages: (archive) => sendControl(at.control, `import-images ${archive}`),
    stopApiServer: async () => control('stop-api-server'),
    startApiServer: async () => control('start-api-server'),
    pauseApiServer: async () => control('pause-api-server'),
    resumeApiServer: async () => control('resume-api-server'),
    stop: () => handle.stop(),
  };
}

function readAdmin(kubeconfig: string): { cert: string; key: string } {
  const { users } = parse(kubeconfig) as { users: { user: Record<string, string> }[] };
  const user = users[0]?.user ?? {};
  const decode = (field: string) => Buffer.from(user[field] ?? '', 'base64').toString();
  return { cert: decode('client-certificate-data'), key: decode('client-key-data') };
}
