import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { helpText } from './config/help.ts';
import { type Config, configReference, readInvocation, strayVariables } from './config.ts';
import { SallyportError } from './errors.ts';

interface World {
  argv?: string[];
  env?: Record<string, string>;
  files?: Record<string, string>;
}

function read({ argv = [], env = {}, files = {} }: World) {
  return readInvocation({
    argv,
    env,
    cwd: '/srv',
    readFile: (path) => {
      const text = files[path];
      if (text !== undefined) return text;
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    },
  });
}

function configOf(world: World): Config {
  const invocation = read(world);
  assert.equal(invocation.command, 'serve');
  return (invocation as { config: Config }).config;
}

function problemsOf(world: World): string[] {
  try {
    read(world);
  } catch (error) {
    assert.ok(error instanceof SallyportError);
    assert.equal(error.code, 'config.invalid');
    return error.message.split('\n');
  }
  return assert.fail('nothing was refused');
}

test('without any setting the defaults hold', () => {
  assert.deepEqual(configOf({}), {
    port: 9443,
    host: '0.0.0.0',
    httpPort: undefined,
    dataDir: '/srv/data',
    publicUrl: undefined,
    databaseUrl: undefined,
    adminPasswordFile: undefined,
    tlsCert: undefined,
    tlsKey: undefined,
    trustedProxies: [],
    proxyProtocol: [],
    hsts: undefined,
    environmentAddresses: [],
    secretKey: undefined,
    workers: 'auto',
    shutdownGrace: 10_000,
    auditFile: undefined,
    auditFileMaxSize: 100_000_000,
    auditFileMaxAge: 86_400_000,
    auditFileKeep: 30,
    kubeconfigRequests: 200,
    environmentRequests: 800,
    kubeconfigStreams: 5_000,
    environmentStreams: 20_000,
    auditWebhookUrl: undefined,
    auditWebhookToken: undefined,
    auditSyslog: undefined,
    metricsToken: undefined,
    logLevel: 'info',
  });
});

describe('precedence', () => {
  const files = { '/srv/sallyport.yaml': 'port: 3\nhost: file.example\n' };

  test('a flag beats a variable, a variable beats the file, the file beats the default', () => {
    const env = { SALLYPORT_PORT: '2' };
    assert.equal(configOf({ argv: ['--port', '1'], env, files }).port, 1);
    assert.equal(configOf({ env, files }).port, 2);
    assert.equal(configOf({ files }).port, 3);
    assert.equal(configOf({}).port, 9443);
    assert.equal(configOf({ env, files }).host, 'file.example');
  });

  test('an empty variable is no setting', () => {
    assert.equal(configOf({ env: { SALLYPORT_PORT: '' }, files }).port, 3);
  });

  test('what Kubernetes puts into SALLYPORT_PORT for a Service of that name is no setting', () => {
    const env = {
      SALLYPORT_PORT: 'tcp://10.96.0.7:9443',
      SALLYPORT_SERVICE_HOST: '10.96.0.7',
      SALLYPORT_PORT_9443_TCP_ADDR: '10.96.0.7',
    };
    assert.equal(configOf({ env }).port, 9443);
  });
});

describe('the file', () => {
  test('is found by --config, by SALLYPORT_CONFIG, or beside where one stands', () => {
    const files = { '/etc/a.yaml': 'port: 1', '/srv/b.yaml': 'port: 2' };
    assert.equal(configOf({ argv: ['--config=/etc/a.yaml'], files }).port, 1);
    assert.equal(configOf({ env: { SALLYPORT_CONFIG: 'b.yaml' }, files }).port, 2);
    const both = { argv: ['--config=/etc/a.yaml'], env: { SALLYPORT_CONFIG: 'b.yaml' }, files };
    assert.equal(configOf(both).port, 1);
  });

  test('must exist where it is named', () => {
    assert.deepEqual(problemsOf({ argv: ['--config', 'x.yaml'] }), [
      '--config: /srv/x.yaml cannot be read (ENOENT)',
    ]);
    assert.deepEqual(problemsOf({ env: { SALLYPORT_CONFIG: '/x' } }), [
      'SALLYPORT_CONFIG: /x cannot be read (ENOENT)',
    ]);
  });

  test('may be empty, hold comments, nulls and lists', () => {
    for (const text of ['', '# nothing\n', '---\n', 'port:\n', 'port: ~x\n'.replace('~x', '""')])
      assert.equal(configOf({ files: { '/srv/sallyport.yaml': text } }).port, 9443);
    const text = 'trustedProxies:\n  - 10.0.0.0/8\n  - fd00::1\n';
    assert.deepEqual(configOf({ files: { '/srv/sallyport.yaml': text } }).trustedProxies, [
      '10.0.0.0/8',
      'fd00::1/128',
    ]);
  });

  test('names paths from its own folder, flags and variables from the working directory', () => {
    const files = { '/etc/s/c.yaml': 'dataDir: state\ntlsCert: /abs.crt\n' };
    const argv = ['--config=/etc/s/c.yaml', '--tls-key', 'my.key'];
    const config = configOf({ argv, files });
    assert.equal(config.dataDir, '/etc/s/state');
    assert.equal(config.tlsCert, '/abs.crt');
    assert.equal(config.tlsKey, '/srv/my.key');
  });

  test('keeps a key of 64 digits exact', () => {
    const files = { '/srv/sallyport.yaml': `secretKey: ${'1234567890'.repeat(6)}1234\n` };
    assert.equal(configOf({ files }).secretKey?.toString('hex'), `${'1234567890'.repeat(6)}1234`);
  });

  test('is refused by place where it is no YAML, and never quoted', () => {
    const files = { '/srv/sallyport.yaml': 'port: 1\nsecretKey: "hunter2\nhost: [a\n' };
    const problems = problemsOf({ files });
    assert.match(problems[0] ?? '', /^\/srv\/sallyport\.yaml is no valid YAML: .* at line \d+/);
    assert.doesNotMatch(problems.join('\n'), /hunter2/);
  });

  test('is refused where it is no map, has an unknown key, or a map for a value', () => {
    assert.deepEqual(problemsOf({ files: { '/srv/sallyport.yaml': '- port\n' } }), [
      '/srv/sallyport.yaml must be a map of settings, like "port: 9443"',
    ]);
    const text = 'http-port: 80\nthreads: 2\nport: {a: 1}\n';
    assert.deepEqual(problemsOf({ files: { '/srv/sallyport.yaml': text } }), [
      'http-port in /srv/sallyport.yaml is no setting of Sallyport: write httpPort',
      'threads in /srv/sallyport.yaml is no setting of Sallyport',
      'port in /srv/sallyport.yaml must be a plain value or a list',
    ]);
  });
});

describe('wrong values', () => {
  test('are all named at once, each with where it came from', () => {
    const problems = problemsOf({
      argv: ['--port', '99999', '--public-url=http://a.example'],
      env: { SALLYPORT_LOG_LEVEL: 'loud', SALLYPORT_TRUSTED_PROXIES: '10.0.0.0/33' },
      files: { '/srv/sallyport.yaml': 'host: "a b"\nshutdownGrace: soon\n' },
    });
    assert.deepEqual(problems, [
      '--port: "99999" is no port: write a number from 0 to 65535',
      'host in /srv/sallyport.yaml: "a b" is no address or host name (a port is given by itself)',
      '--public-url: "http://a.example" must begin with https://, since kubectl sends no token over anything else',
      'SALLYPORT_TRUSTED_PROXIES: "10.0.0.0/33" holds something that is no IP address and no range like 10.0.0.0/8',
      'shutdownGrace in /srv/sallyport.yaml: "soon" is no duration between 0 and 1h: write it like 10s',
      'SALLYPORT_LOG_LEVEL: "loud" is no log level: write one of error, warn, info, debug',
    ]);
  });

  test('are never repeated where they are secrets', () => {
    const problems = problemsOf({
      env: { DATABASE_URL: 'mysql://u:hunter2@h/d', SALLYPORT_SECRET_KEY: 'hunter2' },
    });
    assert.equal(problems.length, 2);
    assert.match(problems[0] ?? '', /^DATABASE_URL is no database URL/);
    assert.match(problems[1] ?? '', /^SALLYPORT_SECRET_KEY must be 32 bytes/);
    assert.doesNotMatch(problems.join('\n'), /hunter2/);
  });

  const refused: Array<[string, string]> = [
    ['port', '-1'],
    ['port', '80.5'],
    ['port', '0x50'],
    ['port', '65536'],
    ['host', '1.2.3'],
    ['host', '256.1.1.1'],
    ['host', 'localhost:9443'],
    ['host', '[::1]:9443'],
    ['http-port', 'on'],
    ['public-url', 'gate.example'],
    ['public-url', 'https://'],
    ['public-url', 'https://gate.example/sallyport'],
    ['public-url', 'https://gate.example/?a=b'],
    ['public-url', 'https://gate.example/#a'],
    ['public-url', 'https://gate.example?'],
    ['public-url', 'https://u:p@gate.example'],
    ['trusted-proxies', '10.1'],
    ['trusted-proxies', '10.0.0.0/8/8'],
    ['trusted-proxies', '010.0.0.1'],
    ['trusted-proxies', 'proxy.example'],
    ['trusted-proxies', '::/129'],
    ['workers', '0'],
    ['workers', '65'],
    ['workers', '1.5'],
    ['workers', 'all'],
    ['shutdown-grace', '2h'],
    ['shutdown-grace', '-1s'],
    ['log-level', 'INFO'],
    ['database-url', '/var/lib/x.db'],
  ];
  for (const [flag, text] of refused)
    test(`--${flag}=${text} is refused by name`, () => {
      const problems = problemsOf({ argv: [`--${flag}=${text}`] });
      assert.equal(problems.length, 1);
      assert.ok(problems[0]?.startsWith(`--${flag}`), problems[0]);
    });

  test('one of --tls-cert and --tls-key alone is refused', () => {
    assert.match(problemsOf({ argv: ['--tls-cert=a'] })[0] ?? '', /belong together/);
    assert.match(problemsOf({ env: { SALLYPORT_TLS_KEY: 'a' } })[0] ?? '', /belong together/);
  });

  test('one port for both HTTP and HTTPS is refused, two free ones are not', () => {
    assert.match(problemsOf({ argv: ['--port=80', '--http-port=80'] })[0] ?? '', /must differ/);
    assert.equal(configOf({ argv: ['--port=0', '--http-port=0'] }).httpPort, 0);
  });
});

describe('--hsts', () => {
  const gate = '--public-url=https://gate.example';

  test('takes how long browsers remember it, in seconds then', () => {
    assert.equal(configOf({ argv: ['--hsts=365d', gate] }).hsts, 31_536_000);
    assert.equal(configOf({ argv: ['--hsts=0', gate] }).hsts, 0);
    assert.equal(configOf({ argv: ['--hsts=off'] }).hsts, undefined);
    for (const wrong of ['yes', '-1s', '731d'])
      assert.match(problemsOf({ argv: [`--hsts=${wrong}`, gate] })[0] ?? '', /up to 730d/);
  });

  test('is refused without a public URL, and for a name that is not Sallyport’s alone', () => {
    assert.match(problemsOf({ argv: ['--hsts=1d'] })[0] ?? '', /needs --public-url/);
    for (const host of ['localhost', 'a.localhost', '192.0.2.1', '[2001:db8::1]:9443'])
      assert.match(
        problemsOf({ argv: ['--hsts=1d', `--public-url=https://${host}`] })[0] ?? '',
        /a host name of its own/,
        host,
      );
  });
});

describe('right values', () => {
  test('are taken as they are meant', () => {
    const config = configOf({
      argv: [
        '--host=[::1]',
        '--http-port=8080',
        '--public-url=https://Gate.Example:443/',
        '--trusted-proxies=10.1.2.3/8, 192.0.2.1 fd00:1::/32',
        '--proxy-protocol=10.0.5.0/24',
        '--workers=3',
        '--shutdown-grace=1m30s',
        '--log-level=debug',
        '--tls-cert=c',
        '--tls-key=k',
        '--admin-password-file=p',
      ],
      env: { DATABASE_URL: 'postgres://u:p@h/d', SALLYPORT_SECRET_KEY: 'ab'.repeat(32) },
    });
    assert.equal(config.host, '::1');
    assert.equal(config.httpPort, 8080);
    assert.equal(config.publicUrl, 'https://gate.example');
    assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', '192.0.2.1/32', 'fd00:1::/32']);
    assert.deepEqual(config.proxyProtocol, ['10.0.5.0/24']);
    assert.equal(config.workers, 3);
    assert.equal(config.shutdownGrace, 90_000);
    assert.equal(config.logLevel, 'debug');
    assert.deepEqual([config.tlsCert, config.tlsKey], ['/srv/c', '/srv/k']);
    assert.equal(config.adminPasswordFile, '/srv/p');
    assert.equal(config.databaseUrl, 'postgres://u:p@h/d');
    assert.equal(config.secretKey?.toString('hex'), 'ab'.repeat(32));
  });

  test('limits are counts, and never none', () => {
    const config = configOf({
      argv: ['--kubeconfig-requests=1', '--environment-streams', '999999'],
      env: { SALLYPORT_ENVIRONMENT_REQUESTS: '7' },
    });
    assert.equal(config.kubeconfigRequests, 1);
    assert.equal(config.environmentRequests, 7);
    assert.equal(config.environmentStreams, 999_999);
    for (const wrong of ['0', '-1', '1.5', '1e3', 'many', '1000000']) {
      assert.throws(() => configOf({ argv: [`--kubeconfig-streams=${wrong}`] }), /1 to 999999/);
    }
  });

  test('audit sinks have an address, a size and an age', () => {
    const config = configOf({
      argv: [
        '--audit-file=audit.log',
        '--audit-file-max-size=1.5gb',
        '--audit-file-max-age=0',
        '--audit-file-keep=0',
        '--audit-webhook-url=https://siem.example/k8s',
      ],
      env: { SALLYPORT_AUDIT_WEBHOOK_TOKEN: 'opensesame' },
    });
    assert.equal(config.auditFile, '/srv/audit.log');
    assert.equal(config.auditFileMaxSize, 1_500_000_000);
    assert.deepEqual([config.auditFileMaxAge, config.auditFileKeep], [0, 0]);
    assert.equal(config.auditWebhookUrl, 'https://siem.example/k8s');
    assert.equal(config.auditWebhookToken, 'opensesame');
    const syslog = (address: string) =>
      configOf({ argv: [`--audit-syslog=${address}`] }).auditSyslog;
    assert.deepEqual(syslog('udp://log.example'), {
      protocol: 'udp',
      host: 'log.example',
      port: 514,
    });
    assert.deepEqual(syslog('tls://[2001:db8::1]:443'), {
      protocol: 'tls',
      host: '2001:db8::1',
      port: 443,
    });
    assert.deepEqual(syslog('unix:///run/audit.sock'), {
      protocol: 'unix',
      path: '/run/audit.sock',
    });
  });

  test('audit sinks that would leak or cannot be reached are refused', () => {
    assert.deepEqual(
      problemsOf({
        argv: [
          '--audit-file-max-size=9',
          '--audit-webhook-url=http://siem.example/',
          '--audit-syslog=udp://log.example:99999',
        ],
      }),
      [
        '--audit-file-max-size: "9" is no size between 1 MB and 1000 GB: write it like 100MB',
        '--audit-webhook-url: "http://siem.example/" must begin with https:// (http:// is for this machine alone)',
        '--audit-syslog: "udp://log.example:99999" is no syslog server: write it like udp://host:514 or unix:///run/log',
      ],
    );
    assert.deepEqual(problemsOf({ argv: ['--audit-webhook-token=x'] }), [
      '--audit-webhook-token is no flag of Sallyport: give it by SALLYPORT_AUDIT_WEBHOOK_TOKEN',
    ]);
  });

  test('a secret key is the same 32 bytes in each of its spellings', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const key = Buffer.from(bytes);
        for (const encoding of ['hex', 'base64', 'base64url'] as const) {
          const env = { SALLYPORT_SECRET_KEY: key.toString(encoding) };
          assert.deepEqual(configOf({ env }).secretKey, key);
        }
      }),
    );
  });
});

describe('the command line', () => {
  test('an unknown flag, a flag without its value, a second time and a value too many are refused by name', () => {
    assert.deepEqual(
      problemsOf({
        argv: [
          '--threads=2',
          '--port',
          '--host',
          '--log-level=',
          '-x',
          '--data-dir=a',
          '--data-dir=b',
        ],
      }),
      [
        '--threads is no flag of Sallyport',
        '--port needs a value',
        '--log-level needs a value',
        '-x is no flag of Sallyport',
        '--data-dir is given twice',
      ],
    );
    assert.deepEqual(problemsOf({ argv: ['--help=yes'] }), ['--help takes no value']);
  });

  test('the secret key has no flag, and the refusal names its variable but not its value', () => {
    assert.deepEqual(problemsOf({ argv: ['--secret-key=hunter2'] }), [
      '--secret-key is no flag of Sallyport: give it by SALLYPORT_SECRET_KEY',
    ]);
  });

  test('restore takes the file of a backup, and every setting that serve takes', () => {
    const asked = read({ argv: ['restore', 'a.backup', '--data-dir', 'there'] });
    assert.ok(asked.command === 'restore');
    assert.deepEqual([asked.file, asked.config.dataDir], ['/srv/a.backup', '/srv/there']);
  });

  test('backup takes where to, a file with the passphrase, how many to keep, and settings', () => {
    const argv = ['backup', '--to', 'there/', '--passphrase-file', 'phrase', '--keep=7'];
    const asked = read({
      argv: [...argv, '--with-audit'],
      env: { DATABASE_URL: 'postgres://x/y' },
    });
    assert.ok(asked.command === 'backup');
    const { config, ...rest } = asked;
    assert.equal(config.databaseUrl, 'postgres://x/y');
    assert.deepEqual(rest, {
      ...{ command: 'backup', to: '/srv/there/', passphraseFile: '/srv/phrase' },
      ...{ keep: 7, withAudit: true },
    });
  });

  test('backup says all that it lacks, and no other command takes its flags', () => {
    assert.deepEqual(problemsOf({ argv: ['backup', '--keep', '0'] }), [
      'backup needs the folder for the backup, or the file to be: --to FOLDER',
      'backup needs a file with the passphrase that seals it: --passphrase-file FILE',
      '--keep: "0" is not a number from 1 to 99999',
    ]);
    assert.deepEqual(problemsOf({ argv: ['--to', 'x', '--with-audit'] }), [
      'serve takes no --to',
      'serve takes no --with-audit',
    ]);
    assert.deepEqual(problemsOf({ argv: ['restore', 'a', '--keep', '3'] }), [
      'restore takes no --keep',
    ]);
    // A passphrase is no flag: every user of the machine would see it.
    assert.match(
      problemsOf({ argv: ['backup', '--passphrase', 'x'] })[0] ?? '',
      /--passphrase is no flag/,
    );
  });

  test('reset-password takes the name of a user, and every setting that serve takes', () => {
    const asked = read({ argv: ['reset-password', 'ada', '--data-dir', 'there'] });
    assert.ok(asked.command === 'reset-password');
    assert.deepEqual([asked.username, asked.config.dataDir], ['ada', '/srv/there']);
    assert.deepEqual(problemsOf({ argv: ['reset-password'] }), [
      'reset-password needs the name of a user: reset-password USER',
    ]);
    assert.deepEqual(problemsOf({ argv: ['reset-password', 'ada', 'eve'] }), [
      'reset-password takes no argument eve',
    ]);
  });

  test('serve is the command where none is given, and no other is known', () => {
    assert.equal(read({ argv: ['serve'] }).command, 'serve');
    assert.deepEqual(problemsOf({ argv: ['start'] }), [
      'start is no command of Sallyport: there are serve, backup, restore, accept-clock, reset-password',
    ]);
    assert.deepEqual(problemsOf({ argv: ['serve', 'now'] }), ['serve takes no argument now']);
  });

  test('--help and --version win over everything, wrong values too', () => {
    assert.equal(read({ argv: ['--port=x', '--help'] }).command, 'help');
    assert.equal(read({ argv: ['serve', '--version'] }).command, 'version');
    assert.equal(read({ argv: ['help'] }).command, 'help');
  });

  test('any arguments and variables are answered or refused, and nothing else is thrown', () => {
    const word = fc.oneof(
      fc.constantFrom('--port', '--config', '--', '-', '--no-port', 'serve', '--tls-cert', '='),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word), fc.string(), fc.string(), (argv, variable, text) => {
        try {
          read({
            argv,
            env: { SALLYPORT_PUBLIC_URL: variable },
            files: { '/srv/sallyport.yaml': text },
          });
        } catch (error) {
          assert.ok(error instanceof SallyportError, String(error));
        }
      }),
    );
  });
});

test('the reference has a row for each setting, and its defaults are those that hold', () => {
  const rows = configReference();
  const config = configOf({});
  assert.deepEqual(
    rows.flatMap((row) => row.key ?? []),
    Object.keys(config),
  );
  for (const row of rows) {
    assert.match(row.variable, /^[A-Z_]+$/);
    assert.match(row.description, /\.$/);
  }
  assert.equal(rows.find((row) => row.key === 'port')?.default, '9443');
  assert.equal(rows.find((row) => row.key === 'secretKey')?.flag, undefined);
  assert.equal(rows.find((row) => row.key === 'databaseUrl')?.variable, 'DATABASE_URL');
});

test('the help names every setting, in lines that fit a terminal', () => {
  const text = helpText(configReference());
  for (const { flag, variable } of configReference())
    assert.ok(text.includes(flag ?? variable) && text.includes(variable));
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
});

test('variables that look like settings and are none are named, with the one that may be meant', () => {
  const env = {
    SALLYPORT_PORT: '9443',
    SALLYPORT_CONFIG: 'x.yaml',
    DATABASE_URL: 'postgres://u:p@h/d',
    SALLYPORT_DATABASE_URL: 'postgres://u:hunter2@h/d',
    SALLYPORT_TRUSTEDPROXIES: '10.0.0.0/8',
    SALLYPORT_NONSENSE: '1',
    SALLYPORT_SERVICE_HOST: '10.96.0.7',
    SALLYPORT_SERVICE_PORT_HTTPS: '9443',
    SALLYPORT_PORT_9443_TCP_ADDR: '10.96.0.7',
    SALLYPORT_DB_PORT: 'tcp://10.96.0.8:5432',
    PATH: '/bin',
  };
  assert.deepEqual(strayVariables(env), [
    'SALLYPORT_DATABASE_URL is no setting of Sallyport and has no effect: write DATABASE_URL',
    'SALLYPORT_TRUSTEDPROXIES is no setting of Sallyport and has no effect: write SALLYPORT_TRUSTED_PROXIES',
    'SALLYPORT_NONSENSE is no setting of Sallyport and has no effect',
  ]);
});
