/** The table says what is so: every item once, tests with its number in the files it names, on the brokers it names. */
import { expect, test } from 'vitest';
import { brokersOf, readContractFiles, readItemTable } from './item-table.ts';

const table = await readItemTable();
const files = await readContractFiles();

test('every item from 1 to 70 has exactly one line', () => {
  expect(table.map(({ item }) => item)).toEqual(Array.from({ length: 70 }, (_, n) => n + 1));
});

test('an item has tests with its number in the files of its line', () => {
  const lacking = table.flatMap(({ item, files: named }) =>
    named
      .filter((name) => !files.some(({ file, items }) => file === name && items.has(item)))
      .map((name) => `${item}: ${name} has no test "[${item}] …"`),
  );
  expect(lacking).toEqual([]);
});

test('an item that is open or does not apply says why, one that is neither has a file', () => {
  for (const { open, inapplicable, files: named } of table) {
    const reason = open ?? inapplicable;
    if (reason === undefined) expect(named.length).toBeGreaterThan(0);
    else expect(reason).toMatch(/\w+ \w+ \w+/);
  }
});

test('an item’s tests run on the brokers of its line, which says why where these are not both', () => {
  for (const { item, files: named, brokers, whyNotBoth } of table) {
    const expected = named.length === 0 ? undefined : brokersOf(item, files);
    expect([item, brokers]).toEqual([item, expected]);
    if (expected === undefined || expected === 'both') expect(whyNotBoth).toBeUndefined();
    else expect(whyNotBoth).toMatch(/\w+ \w+ \w+/);
  }
});

test('tests have numbers of the table, and none is put off', () => {
  const known = new Set(table.map(({ item }) => item));
  const unknown = files.flatMap(({ file, items }) =>
    [...items.keys()].filter((item) => !known.has(item)).map((item) => `${file}: ${item}`),
  );
  expect(unknown).toEqual([]);
  const putOff = files.filter(({ text }) => /\btest(?:\.\w+)*\.(?:skip|todo|only)\(/.test(text));
  expect(putOff.map(({ file }) => file)).toEqual([]);
});

test('a file whose tests have an item’s number is named in its line, unless the item is open', () => {
  const unnamed = files.flatMap(({ file, items }) =>
    table
      .filter(
        ({ item, open, files: named }) => items.has(item) && open === undefined && !named.includes(file),
      )
      .map(({ item }) => `${item}: ${file}`),
  );
  expect(unnamed).toEqual([]);
});
