import { expect, test } from 'vitest';
import { sampleResults } from '../results/sample-results.ts';
import { drawChart } from './chart.ts';
import { formatDocument } from './document.ts';
import { formatResults } from './report.ts';

const results = {
  ...sampleResults({ 'raw kafkajs': 20_000, 'kafkaLink on kafkajs': 10_000, wsLink: 12_000 }),
  failed: [{ round: 1, contestant: 'httpLink', failure: 'it gave up' }],
};

test('the document has the targets, what people wrote, all figures, and the command that repeats it', () => {
  const document = formatDocument(results, '## What the figures say\n\nThis and that.\n');
  expect(document).toContain('| ✗ |');
  expect(document).toContain('## What the figures say\n\nThis and that.');
  expect(document).toContain('httpLink failed in round 2: it gave up');
  expect(document).toContain('pnpm bench --report --seed 42 --nodes 3');
  expect(document).toMatch(
    /### Calls a second, by calls in flight\n\n\|.*\n.*\n\| raw kafkajs +\| +20,000 \[10,000–22,000\]/,
  );
});

test('a table that nobody has a figure for is left out, and so is a contestant in one that it has none for', () => {
  const text = formatResults({
    ...results,
    visits: results.visits.map((visit) => ({ ...visit, streams: [] })),
  });
  expect(text).not.toContain('Subscriptions');
  expect(formatResults(results)).toContain('Subscriptions');
});

test('bars are as long as their medians', () => {
  const svg = drawChart(results);
  const lengths = [
    ...svg.matchAll(/<rect class="(?:raw|ours|rival)" x="230" y="[\d.]+" width="([\d.]+)"/g),
  ].map(([, width]) => Number(width));
  const [raw, ours, ws] = lengths;
  expect(lengths).toHaveLength(9);
  expect(ours! / raw!).toBeCloseTo(0.5, 2);
  expect(ws! / raw!).toBeCloseTo(0.6, 2);
});

test('a chart is well-formed, stands in no need of anything else, and has colours for dark pages', () => {
  const svg = drawChart(results);
  const opened = svg.match(/<(svg|style|text)\b/g)!.length;
  expect(svg.match(/<\/(svg|style|text)>/g)).toHaveLength(opened);
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(svg).not.toMatch(/NaN|undefined|href|url\(/);
});
