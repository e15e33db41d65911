import { jsonOnly } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { currentFolder, decode, type GoldenFile, readAll, renderAll } from './golden-file.js';

const stored = readAll(currentFolder);
const written = renderAll();

describe('records of version 1 are read as they always were', () => {
  test.each([...stored])('%s', (_, text) => {
    const file = JSON.parse(text) as GoldenFile;
    expect(decode(file)).toStrictEqual(file.expect);
  });
});

test('records in a codec are refused where there is JSON only', () => {
  const others = [...stored.values()]
    .map((text) => JSON.parse(text) as GoldenFile)
    .filter(({ codec }) => codec !== undefined);
  expect(others.length).toBeGreaterThan(5);
  for (const file of others) expect(decode(file, jsonOnly)).toEqual({ refused: 'UNSUPPORTED_MEDIA_TYPE' });
});

describe('records of version 1 are written as they always were, byte for byte', () => {
  test.each([...written])('%s', (name, text) => {
    expect(text, 'the wire format changed: read test/golden/README.md').toBe(stored.get(name));
  });
});

test('no golden record was lost from the definitions, nor is one without a file', () => {
  expect([...stored.keys()].sort()).toEqual([...written.keys()].sort());
});
