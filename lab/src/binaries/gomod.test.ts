import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ETCD, release } from '../pins.ts';
import { linkerFlags, renderGoMod } from './gomod.ts';

const kubernetes = release('1.36').goModule;
assert.ok(kubernetes);

const OWN = `// This is a generated file.

module k8s.io/kubernetes

go 1.26.0

godebug default=go1.26

require (
	github.com/google/uuid v1.6.0
	k8s.io/api v0.0.0
	k8s.io/apimachinery v0.0.0
)

require (
	github.com/x/y v0.1.0 // indirect
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/apimachinery => ./staging/src/k8s.io/apimachinery
)
`;

test('a go.mod that builds Kubernetes from outside replaces each staging module by its version', () => {
  const { version, localVersion } = kubernetes;
  assert.equal(
    renderGoMod(OWN, kubernetes),
    `// This is a generated file.

module sallyport/lab

go 1.26.0

godebug default=go1.26

require (
	k8s.io/kubernetes ${version}
	github.com/google/uuid v1.6.0
	k8s.io/api v0.0.0
	k8s.io/apimachinery v0.0.0
)

require (
	github.com/x/y v0.1.0 // indirect
)

replace (
	k8s.io/api => k8s.io/api ${localVersion}
	k8s.io/apimachinery => k8s.io/apimachinery ${localVersion}
)
`,
  );
});

test("etcd's toolchain line and its traps for wrong imports are left out", () => {
  const own = `module go.etcd.io/etcd/server/v3

go 1.26.0

toolchain go1.26.10

require (
	go.etcd.io/etcd/api/v3 v3.6.16
)

replace (
	go.etcd.io/etcd/api/v3 => ../api
)

replace go.etcd.io/etcd => ./FORBIDDEN_DEPENDENCY
`;
  const rendered = renderGoMod(own, ETCD);
  assert.match(rendered, /^\tgo\.etcd\.io\/etcd\/server\/v3 v3\.6\.16$/m);
  assert.match(
    rendered,
    /^\tgo\.etcd\.io\/etcd\/api\/v3 => go\.etcd\.io\/etcd\/api\/v3 v3\.6\.16$/m,
  );
  assert.doesNotMatch(rendered, /toolchain|FORBIDDEN/);
});

test('the version is stamped where Kubernetes reads it, below vendor/ in GOPATH mode', () => {
  assert.match(
    linkerFlags({ version: 'v1.36.3' }),
    /-X k8s\.io\/component-base\/version\.gitVersion=v1\.36\.3 .*\.gitMajor=1 .*\.gitMinor=36 /,
  );
  assert.match(
    linkerFlags({ version: 'v1.20.2' }, 'k8s.io/kubernetes/vendor/'),
    /-X k8s\.io\/kubernetes\/vendor\/k8s\.io\/client-go\/pkg\/version\.gitVersion=v1\.20\.2/,
  );
});

test('every module that is pinned has the sum of its files and of its go.mod', () => {
  for (const pin of [ETCD, kubernetes]) {
    const lines = pin.sums.trim().split('\n');
    assert.ok(lines.some((line) => line.startsWith(`${pin.path} ${pin.version} h1:`)));
    for (const line of lines) assert.match(line, /^\S+ v[\d.]+(\/go\.mod)? h1:[A-Za-z0-9+/]{43}=$/);
  }
});
