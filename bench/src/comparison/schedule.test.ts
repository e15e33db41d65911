import { expect, test } from 'vitest';
import { createSchedule } from './schedule.ts';

const contestants = ['a', 'b', 'c', 'd', 'e'];
const levels = [1, 16, 64, 256];
const create = (seed: number) => createSchedule({ contestants, levels, rounds: 6, seed });

test('everybody has one turn in each round, with all loads', () => {
  const turns = create(1);
  expect(turns.map(({ round }) => round)).toEqual(
    [0, 1, 2, 3, 4, 5].flatMap((round) => Array(5).fill(round)),
  );
  for (let round = 0; round < 6; round++) {
    const names = turns.filter((turn) => turn.round === round).map(({ contestant }) => contestant);
    expect(names.sort()).toEqual(contestants);
  }
  for (const turn of turns) expect([...turn.levels].sort((a, b) => a - b)).toEqual(levels);
});

test('the order changes from round to round, and comes back with its seed', () => {
  const orders = new Set(
    [0, 1, 2, 3, 4, 5].map((round) =>
      create(1)
        .filter((turn) => turn.round === round)
        .map(({ contestant }) => contestant)
        .join(),
    ),
  );
  expect(orders.size).toBeGreaterThan(3);
  expect(create(7)).toEqual(create(7));
  expect(create(7)).not.toEqual(create(8));
});
