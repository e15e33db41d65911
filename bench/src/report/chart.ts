/** The chart of a run: what one looks at first. Plain SVG, legible on a light and on a dark page. */
import { contestants } from '../contestants/index.ts';
import type { Results } from '../results/results.ts';
import { callsPerSecondAt, cpuUsAt, createTally, type Figure, latencyAt } from '../results/tally.ts';
import { shortNumber } from '../results/target.ts';
import { type Bar, type BarPanel, drawPanel, panelHeight, panelLayout } from './bar-panel.ts';

const margin = 22;
const gap = 18;
const legendHeight = 26;

/** Who reads the page in the dark sees light letters: an image knows by its own style sheet. */
const style = `
svg { font: 12px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
.page { fill: #ffffff; }
text { fill: #1f2328; }
.title { font-weight: 600; font-size: 13px; }
.name { text-anchor: end; }
.name.ours { font-weight: 600; }
.number { font-variant-numeric: tabular-nums; }
rect.ours { fill: #1f6feb; }
rect.rival { fill: #8250df; }
rect.raw { fill: #9aa4ae; }
.spread { stroke: #1f2328; stroke-opacity: 0.55; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) {
  .page { fill: #0d1117; }
  text { fill: #e6edf3; }
  rect.ours { fill: #4493f8; }
  rect.rival { fill: #ab7df8; }
  rect.raw { fill: #656d76; }
  .spread { stroke: #e6edf3; }
}`;

const legend = [
  ['ours', 'trpc-kafka'],
  ['rival', 'what one would use instead'],
  ['raw', 'a Kafka client without any RPC'],
] as const;

/** Draws it. */
export function drawChart(results: Results): string {
  const panels: readonly BarPanel[] = [
    panelOf(results, 'Calls a second, 256 in flight (more is better)', callsPerSecondAt(256)),
    panelOf(results, 'CPU time of a call, µs, client + server, 256 in flight (less is better)', cpuUsAt(256)),
    panelOf(results, 'Median latency, ms, one call in flight (less is better)', latencyAt(1, 'p50')),
  ].filter(({ bars }) => bars.length > 0);
  let top = margin + legendHeight;
  const drawn = panels.map((panel) => {
    const svg = drawPanel(panel, top);
    top += panelHeight(panel) + gap;
    return svg;
  });
  const height = top - gap + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${panelLayout.width} ${height}" width="${panelLayout.width}" height="${height}" role="img" aria-label="Bars of calls a second, CPU time and latency of each contestant">`,
    `<style>${style}\n</style>`,
    `<rect class="page" width="100%" height="100%" rx="6"/>`,
    drawLegend(),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function panelOf(results: Results, title: string, figure: Figure): BarPanel {
  const tally = createTally(results.visits);
  const bars: readonly Bar[] = contestants.flatMap(({ name, kind }) => {
    const value = tally.spread(name, figure);
    return value === undefined ? [] : { name, kind, value };
  });
  return { title, bars, format: shortNumber };
}

function drawLegend(): string {
  let x = 20;
  return legend
    .map(([kind, label]) => {
      const mark = `<rect class="${kind}" x="${x}" y="${margin - 12}" width="12" height="12" rx="2"/><text x="${x + 18}" y="${margin - 2}">${label}</text>`;
      x += 40 + label.length * 6.6;
      return mark;
    })
    .join('\n');
}
