import { createHash } from 'node:crypto';
import { type TarEntry, writeTar } from './tar.ts';

/** The image that pods of a lab use. */
export const BUSYBOX_IMAGE = 'docker.io/local/busybox:1';
/** The image of the container that holds a pod's namespaces. */
export const PAUSE_IMAGE = 'docker.io/local/pause:1';

/** An image of one layer. */
export interface Image {
  /** With its tag, such as `docker.io/local/busybox:1`. */
  name: string;
  /** The files, as an uncompressed tar archive. */
  layer: Buffer;
  /** How it is run: `Cmd`, `Entrypoint`, `Env` and so on, as the specification has them. */
  config: object;
}

/**
 * Makes an OCI image layout (OCI Image Format Specification 1.0) as one tar archive. No registry is
 * needed.
 * @param arch in Go's words
 */
export function imageArchive(images: readonly Image[], arch: string): Buffer {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, data: Buffer) => {
    const digest = sha256(data);
    blobs.set(digest, data);
    return { mediaType, digest, size: data.length };
  };
  const manifests = images.map(({ name, layer, config }) => {
    const layers = [add('application/vnd.oci.image.layer.v1.tar', layer)];
    const configuration = add(
      'application/vnd.oci.image.config.v1+json',
      json({
        architecture: arch,
        os: 'linux',
        config,
        rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
        history: [{ created_by: 'sallyport lab' }],
      }),
    );
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = json({ schemaVersion: 2, mediaType, config: configuration, layers });
    return {
      ...add(mediaType, manifest),
      platform: { architecture: arch, os: 'linux' },
      annotations: { 'io.containerd.image.name': name },
    };
  });
  return writeTar([
    { name: 'oci-layout', data: json({ imageLayoutVersion: '1.0.0' }) },
    { name: 'index.json', data: json({ schemaVersion: 2, manifests }) },
    { name: 'blobs/' },
    { name: 'blobs/sha256/' },
    ...[...blobs].map(([digest, data]) => ({ name: `blobs/${digest.replace(':', '/')}`, data })),
  ]);
}

/**
 * The lab's two images, of one layer: a static busybox and a link for each of its applets.
 * @param busybox the program's bytes
 * @param applets what `busybox --list` prints
 * @param arch in Go's words
 */
export function busyboxImages(busybox: Buffer, applets: string[], arch: string): Buffer {
  const layer = writeTar(rootFiles(busybox, applets));
  const image = (name: string, command: string[]) => ({
    ...{ name, layer },
    config: { Cmd: command, Env: ['PATH=/bin'], WorkingDir: '/' },
  });
  // containerd ends the second with SIGKILL, so it need not listen to signals.
  const images = [image(BUSYBOX_IMAGE, ['sh']), image(PAUSE_IMAGE, ['sleep', '2147483647'])];
  return imageArchive(images, arch);
}

function rootFiles(busybox: Buffer, applets: string[]): TarEntry[] {
  return [
    { name: 'bin/' },
    { name: 'bin/busybox', data: busybox, mode: 0o755 },
    ...applets
      .filter((applet) => /^[a-z0-9[_-]+$/.test(applet) && applet !== 'busybox')
      .map((applet) => ({ name: `bin/${applet}`, link: 'busybox' })),
    { name: 'etc/' },
    { name: 'etc/passwd', data: Buffer.from('root:x:0:0:root:/root:/bin/sh\n') },
    { name: 'etc/group', data: Buffer.from('root:x:0:\n') },
    { name: 'root/', mode: 0o700 },
    { name: 'tmp/', mode: 0o1777 },
    { name: 'usr/' },
    { name: 'usr/bin', link: '../bin' },
    { name: 'sbin', link: 'bin' },
    { name: 'var/' },
  ];
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function sha256(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}
