import assert from 'node:assert/strict';
import { test } from 'node:test';
import encodeQR from 'qr';
import decodeQR from 'qr/decode.js';
import { qrPath } from './qr-path.ts';

const URI =
  'otpauth://totp/Sallyport%20gate.example:dana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Sallyport%20gate.example';

test('each run of dark squares is one box, in the place where it stands', () => {
  assert.equal(
    qrPath([
      [true, true, false, true],
      [false, false, false, false],
      [false, true, true, true],
    ]),
    'M0 0h2v1h-2zM3 0h1v1h-1zM1 2h3v1h-3z',
  );
  assert.equal(qrPath([]), '');
});

test('what is drawn can be read again, as by a phone', () => {
  const squares = encodeQR(URI, 'raw', { border: 4 });
  const size = squares.length;
  const scale = 4;
  const width = size * scale;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y, run] of qrPath(squares).matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row += 1) {
      const from = (row * width + Number(x) * scale) * 4;
      const to = from + Number(run) * scale * 4;
      for (let at = from; at < to; at += 4) data.fill(0, at, at + 3);
    }
  }
  assert.equal(decodeQR({ width, height: width, data }), URI);
});
