import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hstsOf } from './hsts.ts';

const asked = (host: string | undefined, secure = true) => ({ host, secure, address: '192.0.2.1' });
const hsts = hstsOf({ maxAge: 3_600, publicUrl: 'https://gate.example:8443' });

test('browsers are told to come back over HTTPS by the name of the public URL, at any port', () => {
  for (const host of ['gate.example', 'gate.example:8443', 'gate.example:443'])
    assert.equal(hsts(asked(host)), 'max-age=3600');
});

test('they are not told over plain HTTP, nor by another name, nor for subdomains', () => {
  assert.equal(hsts(asked('gate.example:8443', false)), undefined);
  for (const host of ['localhost:8443', '192.0.2.7', 'other.gate.example', 'gate.example.com'])
    assert.equal(hsts(asked(host)), undefined, host);
  assert.equal(hsts(asked(undefined)), undefined);
});

test('they are told to forget it, and nothing unless somebody asked for it', () => {
  const withdrawn = hstsOf({ maxAge: 0, publicUrl: 'https://gate.example' });
  assert.equal(withdrawn(asked('gate.example')), 'max-age=0');
  assert.equal(hstsOf(undefined)(asked('gate.example')), undefined);
});
