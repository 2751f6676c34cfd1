import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Contender, Surroundings } from './contender.ts';

/** nginx as an HTTP proxy. It speaks HTTP/1.1 to the upstream, whatever that offers. */
export const nginx: Contender = createNginx('nginx', 'nginx', (configuration) => ({
  modules: [],
  block: httpBlock(configuration),
}));

/** nginx's `stream` module: TLS in, TLS out, and no look at what is inside. */
export const nginxStream: Contender = createNginx(
  'nginx-stream',
  'nginx stream',
  (configuration) => ({
    modules: [STREAM_MODULE].filter((path) => existsSync(path)),
    block: streamBlock(configuration),
  }),
);

/** Where Debian puts it; elsewhere it is compiled in. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';
const START_MS = 5_000;

interface Configuration {
  readonly port: number;
  readonly upstreamPort: number;
  readonly certificates: Surroundings['certificates'];
}

function createNginx(
  name: string,
  title: string,
  write: (configuration: Configuration) => { modules: readonly string[]; block: string },
): Contender {
  return {
    name,
    title,
    needs: ['nginx'],
    async start({ children, machine, upstream, certificates, folder }, offer) {
      const home = mkdtempSync(join(folder, `${name}-`));
      const port = await freePort();
      const { modules, block } = write({ port, upstreamPort: upstream.port(offer), certificates });
      const path = join(home, 'nginx.conf');
      writeFileSync(
        path,
        [
          ...modules.map((file) => `load_module ${file};`),
          main(home, machine.openFiles),
          block,
        ].join('\n'),
      );
      const child = children.start(machine.tools.nginx ?? 'nginx', ['-c', path, '-p', home], {
        cpu: machine.pins?.proxy,
      });
      await Promise.race([opens(port), child.line<never>(() => undefined, START_MS)]);
      return {
        pid: child.pid,
        url: (target) => `https://127.0.0.1:${port}${target}`,
        ca: certificates.ca,
        tokens: [],
        stop: child.stop,
      };
    },
  };
}

function main(home: string, openFiles: number): string {
  // A worker of root's would become another user, who could not enter the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `${user}
daemon off;
worker_processes 1;
worker_rlimit_nofile ${openFiles};
error_log ${home}/error.log warn;
pid ${home}/nginx.pid;
# Twice what can be open: with a sixteenth left, nginx closes connections that have not asked yet.
events { worker_connections ${2 * openFiles}; }`;
}

function httpBlock({ port, upstreamPort, certificates: { ca, cert, key } }: Configuration): string {
  return `http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  map $http_upgrade $proxy_connection { default upgrade; '' ''; }
  upstream api { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} ssl http2 backlog=4096;
    ssl_certificate ${cert};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.2 TLSv1.3;
    http2_max_concurrent_streams 250;
    proxy_pass_header Server;
    proxy_http_version 1.1;
    proxy_set_header Connection $proxy_connection;
    proxy_set_header Upgrade $http_upgrade;
    proxy_ssl_verify on;
    proxy_ssl_trusted_certificate ${ca};
    proxy_ssl_name localhost;
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    proxy_ssl_session_reuse on;
    proxy_read_timeout 1h;
    proxy_send_timeout 1h;
    location / { proxy_pass https://api; }
    # Watches and lists are streams: an event must not wait in a buffer, nor a list on the disk.
    location ~ ^/api/v1/namespaces/(watch|list-[0-9]+)/ { proxy_buffering off; proxy_pass https://api; }
  }
}
`;
}

function streamBlock({ port, upstreamPort, certificates }: Configuration): string {
  const { ca, cert, key } = certificates;
  return `stream {
  server {
    listen 127.0.0.1:${port} ssl backlog=4096;
    ssl_certificate ${cert};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.2 TLSv1.3;
    proxy_pass 127.0.0.1:${upstreamPort};
    proxy_ssl on;
    proxy_ssl_verify on;
    proxy_ssl_trusted_certificate ${ca};
    proxy_ssl_name localhost;
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    proxy_timeout 1h;
  }
}
`;
}

/** nginx cannot take a free port by itself and say which. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Waits until something listens there. */
async function opens(port: number): Promise<void> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await delay(20)) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
  }
}
