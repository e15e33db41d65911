import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { withAirline } from '../airline.js';
import type { AppCase } from '../app-case.js';
import type { FlightsRouter } from '../flights-router.js';

type CoreModule = typeof import('@trpc-kafka/core');
type LinkModule = typeof import('@trpc-kafka/link');

const load = createRequire(join(process.cwd(), 'any.js'));

/** Node keeps what `require()` has loaded here, whoever asked for it. */
function requiredTrpcFiles(): string[] {
  return Object.keys(load.cache).filter((path) =>
    /node_modules[\\/]@trpc[\\/](client|server)[\\/]/.test(path),
  );
}

/** One copy of tRPC; and what still works where an application has both copies of ours. */
export const cases: readonly AppCase[] = [
  {
    name: 'no package requires a copy of tRPC other than the one of the application',
    run: () =>
      withAirline(async ({ client }) => {
        await client.whoami.query();
        const files = requiredTrpcFiles();
        // An ES module leaves no trace there; whatever is there was loaded by packages that are no ES modules.
        const isModule = process.env['APP_MODULES'] === 'esm';
        assert.equal(files.length > 0, !isModule, `required: ${files.join(', ')}`);
        const folders = new Set(files.map((path) => path.slice(0, path.indexOf('@trpc'))));
        assert.equal(folders.size, isModule ? 0 : 1, [...folders].join(', '));
      }),
  },
  {
    name: 'the two copies of core that an application may load know each other’s errors',
    run: async () => {
      const copies = [await import('@trpc-kafka/core'), load('@trpc-kafka/core')];
      const [imported, required] = copies as [CoreModule, CoreModule];
      assert.notEqual(imported.KafkaTransportError, required.KafkaTransportError);
      const error = new required.KafkaTransportError({ code: 'TIMEOUT', message: 'late' });
      assert.ok(imported.isKafkaTransportError(error));
    },
  },
  {
    name: 'a client of one copy serves links of the other',
    run: () =>
      withAirline(async ({ kafkaClient, connect }) => {
        const links = [await import('@trpc-kafka/link'), load('@trpc-kafka/link')];
        for (const { kafkaLink } of links as LinkModule[]) {
          const client = connect(kafkaLink<FlightsRouter>({ client: kafkaClient, headers: { user: 'bob' } }));
          assert.equal(await client.whoami.query(), 'bob');
        }
      }),
  },
];
