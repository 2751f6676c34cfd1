import { createConnection, createServer, type Server } from 'node:net';

/**
 * What a supervisor does on request. `stop` ends the lab and is answered when all is gone;
 * `import-images` takes the path of an OCI archive.
 */
export type ControlCommand =
  | 'stop'
  | 'stop-api-server'
  | 'start-api-server'
  | 'pause-api-server'
  | 'resume-api-server'
  | `import-images ${string}`;

/**
 * Serves a lab's control socket: one command a connection, answered by `ok` or by what went wrong.
 * @param path of the Unix socket; only the lab's user can open it, as its folder is mode 0700
 */
export function serveControl(
  path: string,
  run: (command: ControlCommand) => Promise<void>,
): Promise<Server> {
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.endsWith('\n')) return;
      run(text.trim() as ControlCommand).then(
        () => socket.end('ok\n'),
        (error: Error) => socket.end(`${error.message}\n`),
      );
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}

/** Sends a command to a lab's supervisor and waits until it is done. @throws what went wrong there */
export function sendControl(path: string, command: ControlCommand): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => socket.write(`${command}\n`));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      if (text.trim() === 'ok') resolve();
      else
        reject(new Error(text.trim() || `the lab's supervisor ended before ${command} was done`));
    });
  });
}
