/** The table of attacks in docs/security.md: each line names a test that is there; the commands grant what the rights say. */
import { expect, test } from 'vitest';
import { codesIn, readDocument, tableRows } from '../docs/documents.ts';
import { nameRight, readRights } from './support/rights-table.ts';

const text = await readDocument('docs/security.md');
const rows = tableRows(text, '| attack | what happens | test |');

test.each(rows.map(([attack, , where]) => [attack!, where!] as const))('%s', async (_, where) => {
  const [, path] = /\]\(\.\.\/([^)]+\.test\.ts)\)/.exec(where) ?? [];
  const [name] = codesIn(where);
  expect([path, name]).not.toContain(undefined);
  const source = await readDocument(path!);
  expect(['"', "'", '`'].some((quote) => source.includes(`${quote}${name}`))).toBe(true);
});

test('there are some', () => expect(rows.length).toBeGreaterThan(20));

test('the commands grant the rights of the table, and no other', async () => {
  const commands = Array.from(
    text.matchAll(/^kafka-acls\.sh .* --add --allow-principal User:(\S+) --operation (\S+) (.+)$/gm),
  );
  const granted = commands.flatMap(([, role, operation, rest]) =>
    Array.from(rest!.matchAll(/--(topic|group) (\S+)/g), ([, resource, name]) =>
      nameRight({
        role: role!,
        operation: operation!.replace(/(?<=[a-z])(?=[A-Z])/, '_').toUpperCase(),
        resource: resource as 'topic' | 'group',
        name: name!,
      }),
    ),
  );
  const rights = await readRights('| what for |');
  expect([...granted].sort()).toEqual(rights.map(nameRight).sort());
});
