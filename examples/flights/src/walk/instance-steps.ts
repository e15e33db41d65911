import { bar, column } from '../terminal/columns.js';
import type { Walk } from './walk.js';

const calls = 24;

export async function shareTheWork(walk: Walk): Promise<void> {
  const { client } = walk.connection;
  await walk.stage.step(`The instances share the work: ${calls} calls`, async (step) => {
    const answered = await step.call(`client.service.whoAmI.query()   x ${calls}`, async () => {
      const counts = new Map<string, number>();
      for (let call = 0; call < calls; call += 1) {
        const { instance } = await client.service.whoAmI.query();
        counts.set(instance, (counts.get(instance) ?? 0) + 1);
      }
      return counts;
    });
    for (const [instance, count] of [...answered].sort(([a], [b]) => a.localeCompare(b))) {
      step.say(
        `${walk.paint.strong(column(instance, 12))}${column(String(count), 3, 'right')}  ${walk.paint.accent(bar(count / calls, calls))}`,
      );
    }
  });
}
