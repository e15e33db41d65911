/** What is left out with the lowest tRPC is written down, with the reason. */
import { expect, test } from 'vitest';
import { readDocument, tableRows } from '../docs/documents.ts';
import { appFiles, readCases } from './app-files.js';
import { isAtLeast, lowestTrpc } from './matrix.js';

test('the table names every case that needs a newer tRPC, and no other', async () => {
  const text = await readDocument('test/packages/README.md');
  const expected = appFiles.map(async ({ name, needs }) =>
    needs === undefined ? [] : (await readCases(name)).map((each) => [each.name, needs.trpc, needs.because]),
  );
  expect(tableRows(text, `left out with tRPC ${lowestTrpc}`)).toEqual((await Promise.all(expected)).flat());
});

test('what declares a need needs more than what the packages demand', () => {
  const needs = appFiles.flatMap(({ needs }) => (needs === undefined ? [] : [needs.trpc]));
  expect(needs.filter((version) => isAtLeast(lowestTrpc, version))).toEqual([]);
});
