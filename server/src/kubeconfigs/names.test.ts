import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fileName, plainName, uniqueNames } from './names.ts';

describe('names inside a kubeconfig', () => {
  it('keep a plain environment name as it is', () => {
    assert.equal(plainName({ id: 3, name: 'prod-eu.1' }), 'prod-eu.1');
  });

  it('make any other name plain and add the id', () => {
    assert.equal(plainName({ id: 3, name: 'Produção / EU' }), 'Producao-EU-3');
    assert.equal(plainName({ id: 4, name: '生产' }), 'environment-4');
    assert.equal(plainName({ id: 5, name: '$(reboot)' }), 'reboot-5');
  });

  it('keep apart an environment that is called what another is made into', () => {
    assert.deepEqual(
      uniqueNames([
        { id: 7, name: 'a b' },
        { id: 3, name: 'a-b-7' },
      ]),
      ['a-b-7-7', 'a-b-7'],
    );
  });

  it('are unique, plain and one a environment, whatever the environments are called', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      fc.stringMatching(/^[ab][ /-]?[12]?-?[12]?$/),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), (names) => {
        const made = uniqueNames(names.map((text, index) => ({ id: index + 1, name: text })));
        assert.equal(made.length, names.length);
        assert.equal(new Set(made).size, made.length);
        for (const one of made) assert.match(one, /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/);
      }),
    );
  });
});

describe('the file name of a download', () => {
  it('names the environment when there is one only', () => {
    assert.equal(fileName('dana', [{ id: 1, name: 'prod' }], 'yaml'), 'sallyport-dana-prod.yaml');
    assert.equal(
      fileName(
        'dana',
        [
          { id: 1, name: 'prod' },
          { id: 2, name: 'dev' },
        ],
        'json',
      ),
      'sallyport-dana.json',
    );
  });

  it('holds no character that a header or a file system takes ill', () => {
    assert.equal(
      fileName('a@b+c', [{ id: 9, name: '../x "y"' }], 'yaml'),
      'sallyport-a-b-c-x-y-9.yaml',
    );
  });
});
