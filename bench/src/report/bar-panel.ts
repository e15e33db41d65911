/** A panel of horizontal bars, as SVG: a title, and for each entry its name, its bar, how far its rounds were apart, and its number. */
import type { Spread } from '../measure/statistics.ts';

/** A bar. */
export interface Bar {
  readonly name: string;
  /** The class by which the style sheet colours it. */
  readonly kind: string;
  readonly value: Spread;
}

/** What a panel shows. */
export interface BarPanel {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly format: (value: number) => string;
}

/** Lengths in pixels. */
export const panelLayout = {
  width: 820,
  nameWidth: 230,
  /** Room for the number behind the longest bar. */
  numberWidth: 70,
  titleHeight: 34,
  barHeight: 14,
  barPitch: 22,
} as const;

/** How high it is. */
export function panelHeight({ bars }: BarPanel): number {
  return panelLayout.titleHeight + bars.length * panelLayout.barPitch;
}

/** Draws it with its upper edge at `top`. */
export function drawPanel({ title, bars, format }: BarPanel, top: number): string {
  const { width, nameWidth, numberWidth, titleHeight, barHeight, barPitch } = panelLayout;
  const most = Math.max(...bars.map(({ value }) => value.max));
  const lengthOf = (value: number): number => (value / most) * (width - nameWidth - numberWidth);
  const rows = bars.map(({ name, kind, value }, index) => {
    const y = top + titleHeight + index * barPitch;
    const middle = y + barHeight / 2;
    const baseline = middle + 4;
    const [from, to] = [nameWidth + lengthOf(value.min), nameWidth + lengthOf(value.max)];
    return [
      `<text class="name ${kind}" x="${nameWidth - 10}" y="${baseline}">${escapeText(name)}</text>`,
      `<rect class="${kind}" x="${nameWidth}" y="${y}" width="${px(lengthOf(value.median))}" height="${barHeight}" rx="2"/>`,
      `<line class="spread" x1="${px(from)}" y1="${middle}" x2="${px(to)}" y2="${middle}"/>`,
      `<text class="number" x="${px(Math.max(to, nameWidth + lengthOf(value.median)) + 8)}" y="${baseline}">${escapeText(format(value.median))}</text>`,
    ].join('\n');
  });
  return [`<text class="title" x="20" y="${top + 18}">${escapeText(title)}</text>`, ...rows].join('\n');
}

function px(length: number): string {
  return length.toFixed(1);
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
