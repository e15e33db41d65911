import { expect, test } from 'vitest';
import { createPlan, faultKinds } from './plan.ts';

test('a seed makes one plan, another seed another', () => {
  expect(createPlan(7, 120_000)).toEqual(createPlan(7, 120_000));
  expect(createPlan(7, 120_000)).not.toEqual(createPlan(8, 120_000));
});

test('a plan of some minutes has every kind of fault', () => {
  const kinds = new Set(createPlan(1, 180_000).map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual([...faultKinds].sort());
});
