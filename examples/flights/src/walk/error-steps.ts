import { column } from '../terminal/columns.js';
import { expectError } from './expect-error.js';
import type { Walk } from './walk.js';

export async function typedErrors(walk: Walk): Promise<void> {
  const { client } = walk.connection;
  await walk.stage.step('Errors, typed as the router made them', async (step) => {
    const missing = await step.call("client.airports.byCode.query({ iata: 'QQQ' })", () =>
      expectError(client.airports.byCode.query({ iata: 'QQQ' }), 'NOT_FOUND'),
    );
    step.say(`${walk.paint.bad(column('NOT_FOUND', 12))} ${missing.message}`);
    const refused = await step.call("client.airports.byCode.query({ iata: 'Frankfurt' })", () =>
      expectError(client.airports.byCode.query({ iata: 'Frankfurt' }), 'BAD_REQUEST'),
    );
    const fields = Object.entries(refused.data?.zodError?.fieldErrors ?? {});
    if (fields.length === 0) throw new Error('The refused input came back without the fields that zod found');
    for (const [field, reasons] of fields) {
      step.say(`${walk.paint.bad(column('BAD_REQUEST', 12))} ${field}: ${String(reasons)}`);
    }
    step.answer([missing.message, missing.data?.code, refused.data?.code, fields]);
  });
}
