import assert from 'node:assert/strict';
import { createPublicKey, createSign, createVerify, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { mintClientCertificate } from './credentials.ts';
import { newAuthority, newLeaf, newTokenKeys } from './pki.ts';

test('a leaf is signed by its authority, and holds names, addresses and its own key', async () => {
  const authority = await newAuthority('test');
  const leaf = await newLeaf(authority, {
    commonName: 'server',
    organizations: ['one', 'two'],
    usage: ['server'],
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1', '10.200.0.2'],
  });
  const cert = new X509Certificate(leaf.cert);
  const ca = new X509Certificate(authority.cert);
  assert.equal(cert.checkIssued(ca), true);
  assert.equal(cert.verify(ca.publicKey), true);
  assert.equal(cert.checkHost('localhost'), 'localhost');
  assert.equal(cert.checkIP('10.200.0.2'), '10.200.0.2');
  assert.equal(cert.subject, 'CN=server\nO=one\nO=two');
  assert.deepEqual(
    createPublicKey(leaf.key).export({ type: 'spki', format: 'pem' }),
    cert.publicKey.export({ type: 'spki', format: 'pem' }),
  );
});

test('an expired client certificate says a time that is over', async () => {
  const authority = await newAuthority('test');
  const minted = await mintClientCertificate(authority, 'https://127.0.0.1:1', 'late', {
    expired: true,
  });
  assert.ok(new X509Certificate(minted.cert).validToDate.getTime() < Date.now());
  assert.match(minted.kubeconfig, /server: https:\/\/127\.0\.0\.1:1\n/);
});

test('the token keys are a pair', () => {
  const { privateKey, publicKey } = newTokenKeys();
  const signature = createSign('RSA-SHA256').update('text').sign(privateKey);
  assert.equal(createVerify('RSA-SHA256').update('text').verify(publicKey, signature), true);
});
