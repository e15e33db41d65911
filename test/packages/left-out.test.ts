/** What is left out with the lowest tRPC is written down, with the reason. */
import { expect, test } from 'vitest';
import { readDocument, tableRows } from '../docs/documents.ts';
import { readTypeCases } from '../types/type-cases.ts';
import { appFiles, readCases } from './app-files.js';
import { isAtLeast, lowestTrpc } from './matrix.js';

const typeCases = await readTypeCases();

/** Rows of the application's cases, then of the programs that only compile. */
async function rowsOf(): Promise<string[][]> {
  const ofApp = appFiles.map(async ({ name, needs }) =>
    needs === undefined ? [] : (await readCases(name)).map((each) => [each.name, needs.trpc, needs.because]),
  );
  const ofTypes = typeCases.flatMap(({ name, needsTrpc, about }) =>
    needsTrpc === undefined ? [] : [[`types: \`${name}\``, needsTrpc, about]],
  );
  return [...(await Promise.all(ofApp)).flat(), ...ofTypes];
}

test('the table names every case that needs a newer tRPC, and no other', async () => {
  const text = await readDocument('test/packages/README.md');
  expect(tableRows(text, `left out with tRPC ${lowestTrpc}`)).toEqual(await rowsOf());
});

test('what declares a need needs more than what the packages demand', () => {
  const needs = [...appFiles.map((file) => file.needs?.trpc), ...typeCases.map((each) => each.needsTrpc)];
  expect(needs.filter((version) => version !== undefined && isAtLeast(lowestTrpc, version))).toEqual([]);
});
