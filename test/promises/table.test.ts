/** The document says what the tests look for, word for word. */
import { expect, test } from 'vitest';
import { readDocument, tableRows } from '../docs/documents.ts';
import { kinds } from './history.ts';
import { scenarios } from './scenarios/index.ts';

test('the table in docs/delivery-semantics.md has the scenarios as its lines, and their promises as its cells', async () => {
  const document = await readDocument('docs/delivery-semantics.md');
  expect(tableRows(document, `| what happens | ${kinds.join(' | ')} |`)).toEqual(
    scenarios.map(({ failure, promises }) => [failure, ...kinds.map((kind) => promises[kind].says)]),
  );
});
