/** `KafkaMeta`: what procedures say of their calls, alone or beside a meta of the application. */
import { initTRPC } from '@trpc/server';
import type { KafkaDelivery, KafkaMeta } from '@trpc-kafka/core';
import { expectTypeOf } from 'expect-type';

// Alone.
const t = initTRPC.meta<KafkaMeta>().create();
export const router = t.router({
  silent: t.procedure.mutation(() => {}),
  rebuild: t.procedure.meta({ kafka: { delivery: 'at-least-once' } }).mutation(() => {}),
  draw: t.procedure.meta({ kafka: { delivery: 'at-most-once' } }).query(() => 1),
  audit: t.procedure
    .meta({ kafka: { retry: { attempts: 9, initialDelayMs: 100, maxDelayMs: 1000 } } })
    .mutation(() => {}),
});
expectTypeOf<KafkaDelivery>().toEqualTypeOf<'at-least-once' | 'at-most-once'>();
t.procedure.meta({ kafka: { gather: true } }).query(() => 1);
// @ts-expect-error it is true or false
t.procedure.meta({ kafka: { gather: 'yes' } });
// @ts-expect-error there is no such delivery
t.procedure.meta({ kafka: { delivery: 'exactly-once' } });
// @ts-expect-error there is no such option
t.procedure.meta({ kafka: { delivry: 'at-least-once' } });
// @ts-expect-error nor such a one of retries
t.procedure.meta({ kafka: { retry: { attempt: 3 } } });
// @ts-expect-error it is a number
t.procedure.meta({ kafka: { retry: { attempts: '3' } } });
// @ts-expect-error it stands below `kafka`
t.procedure.meta({ delivery: 'at-least-once' });

// Beside a meta of one's own.
type AppMeta = KafkaMeta & { readonly auth: 'none' | 'user' };
const app = initTRPC.meta<AppMeta>().create({ defaultMeta: { auth: 'user' } });
const guarded = app.procedure.use(({ meta, next }) => {
  expectTypeOf(meta).toEqualTypeOf<AppMeta | undefined>();
  expectTypeOf(meta?.kafka?.delivery).toEqualTypeOf<KafkaDelivery | undefined>();
  return next({ ctx: { needsUser: meta?.auth === 'user' } });
});
export const appRouter = app.router({
  both: guarded.meta({ auth: 'none', kafka: { delivery: 'at-least-once' } }).mutation(() => {}),
  own: guarded.meta({ auth: 'user' }).query(({ ctx }) => ctx.needsUser),
});
// @ts-expect-error the application's own part is asked for
guarded.meta({ kafka: { delivery: 'at-least-once' } });
// @ts-expect-error there is no such option
guarded.meta({ auth: 'none', kafka: { delivry: 'at-least-once' } });
// @ts-expect-error there is no such key
guarded.meta({ auth: 'none', kafak: {} });

// As an interface.
interface OwnMeta extends KafkaMeta {
  readonly cost?: number;
}
const own = initTRPC.meta<OwnMeta>().create();
export const costly = own.procedure.meta({ cost: 3, kafka: { retry: { attempts: 1 } } }).mutation(() => {});
