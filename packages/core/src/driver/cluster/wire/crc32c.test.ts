import { expect, test } from 'vitest';
import { crc32c } from './crc32c.js';

/** The check value of the catalogue of CRCs, and those of RFC 3720, B.4. */
test.each([
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 bytes that rise', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e],
  ['nothing', Buffer.alloc(0), 0],
])('the checksum of %s', (_, bytes, sum) => expect(crc32c(bytes, 0, bytes.length)).toBe(sum));

test('of a part of some bytes is that of the part by itself, at every length and place', () => {
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, n) => (n * 37) % 256));
  for (let start = 0; start < 9; start++) {
    for (let end = start; end < 40; end++) {
      const part = Uint8Array.from(bytes.subarray(start, end));
      expect(crc32c(bytes, start, end)).toBe(crc32c(part, 0, part.length));
    }
  }
});
