import { describe, expect, it } from 'vitest';
import { compressionType, findPlatformaticCodec } from './platformatic-codecs.js';

const text = Buffer.from('over and over, '.repeat(500));

describe('a codec', () => {
  it.each(['gzip', 'snappy', 'lz4'] as const)('%s gives back what it was given', async (name) => {
    const codec = findPlatformaticCodec(compressionType(name));
    const packed = await codec.compress({ buffer: text });
    expect(packed.length).toBeLessThan(text.length / 2);
    expect(await codec.decompress(packed)).toEqual(text);
  });

  it('snappy reads the frames that producers on Java write, and refuses those that are cut off', async () => {
    const codec = findPlatformaticCodec(compressionType('snappy'));
    const frames = await Promise.all(
      [text.subarray(0, 100), text.subarray(100)].map(async (part) => {
        const packed = await codec.compress({ buffer: part });
        const length = Buffer.alloc(4);
        length.writeInt32BE(packed.length);
        return Buffer.concat([length, packed]);
      }),
    );
    const head = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    const framed = Buffer.concat([head, ...frames]);
    expect(await codec.decompress(framed)).toEqual(text);
    await expect(codec.decompress(framed.subarray(0, -1))).rejects.toThrow('a frame of snappy');
  });

  it('that does not exist is refused', () => {
    expect(() => findPlatformaticCodec(7)).toThrow('compression type 7 does not exist');
    expect(() => compressionType('brotli' as 'gzip')).toThrow("no compression 'brotli'");
  });
});
