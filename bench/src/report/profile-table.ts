/** Where the CPU time of a call goes, as a table. */
import { markdownTable } from 'markdown-table';
import type { ProfileFigures } from '../measures/profiles.ts';

/** Empty when nothing was profiled. */
export function profileTable(profiles: readonly ProfileFigures[] = []): string {
  const sides = profiles.flatMap(({ contestant, client, server }) => [
    { title: `${contestant}, client`, times: client },
    { title: `${contestant}, server`, times: server },
  ]);
  if (sides.length === 0) return '';
  const totals = new Map<string, number>();
  for (const { times } of sides)
    for (const [owner, us] of Object.entries(times)) totals.set(owner, (totals.get(owner) ?? 0) + us);
  const owners = [...totals.keys()].sort((a, b) => totals.get(b)! - totals.get(a)!);
  const sum = (times: ProfileFigures['client']): number =>
    Object.values(times).reduce((all, us) => all + us, 0);
  return markdownTable(
    [
      ['', ...sides.map(({ title }) => title)],
      ...owners.map((owner) => [owner, ...sides.map(({ times }) => format(times[owner]))]),
      ['together', ...sides.map(({ times }) => format(sum(times)))],
    ],
    { align: ['l', ...sides.map(() => 'r')] },
  );
}

/** What took next to nothing is no line to read. */
function format(us: number | undefined): string {
  return us === undefined || us < 0.05 ? '' : us.toFixed(1);
}
