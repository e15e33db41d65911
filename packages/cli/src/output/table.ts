/** Tables for people: aligned columns without lines, so that they can be copied and cut. */
import Table from 'cli-table3';

/** Draws a table. */
export function drawTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = Object.fromEntries(
    ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
      side === 'mid'
        ? [
            ['mid', ''],
            ['mid-mid', ''],
            ['left-mid', ''],
            ['right-mid', ''],
            ['middle', '  '],
          ]
        : [
            [side, ''],
            [`${side}-mid`, ''],
            [`${side}-left`, ''],
            [`${side}-right`, ''],
          ],
    ),
  );
  const table = new Table({
    head: [...head],
    chars: none,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push([...row]);
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

/** A text that fits into a cell: one line, so long at most. */
export function cell(text: string, maxLength: number): string {
  // What callers sent must not steer the terminal of whoever looks at it.
  const line = text.replace(/\p{Cc}+/gu, ' ');
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`;
}
