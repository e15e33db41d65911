/** Whatever becomes of servers and messages: the subscriber has the events in order, each once, and goes on having them. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createModelClient } from '../../test/support/model-client.js';
import { ModelServer } from '../../test/support/model-servers.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A client and, always, two servers that take requests. */
function createWorld() {
  let named = 0;
  const servers: ModelServer[] = [];
  const delivered: number[] = [];
  const ends: unknown[] = [];
  const byInbox = (inboxId: string): ModelServer | undefined =>
    servers.find((one) => one.inboxId === inboxId);
  const client = createModelClient({
    onItem: (item) => void delivered.push(item),
    onEnd: (how) => void ends.push(how),
    control(message, inboxId) {
      const server = byInbox(inboxId ?? '');
      if (message.kind === 'credit') server?.grant(message.id, message.credit);
      if (message.kind === 'cancel') for (const one of servers) one.cancel(message.id);
    },
  });

  function fill(): void {
    const taking = servers.filter(({ alive, leaving }) => alive && !leaving);
    for (let count = taking.length; count < 2; count++) servers.push(new ModelServer(++named));
  }

  const pick = (place: number): ModelServer => servers[place % servers.length]!;
  const takers = (): ModelServer[] => servers.filter(({ alive, leaving }) => alive && !leaving);

  const world = {
    delivered,
    ends,
    end: () => client.end(),
    serve(place: number) {
      const request = client.requests.shift();
      const taking = takers();
      if (request !== undefined) taking[place % taking.length]!.serve(request);
    },
    emit: (place: number, count: number) => pick(place).emit(count),
    deliver(place: number, count: number) {
      const server = pick(place);
      for (const message of server.queue.splice(0, count)) client.receive(message, server);
    },
    drop: (place: number) => void pick(place).queue.shift(),
    repeat(place: number) {
      const { queue } = pick(place);
      if (queue[0] !== undefined) queue.unshift(queue[0]);
    },
    delay(place: number) {
      const { queue } = pick(place);
      const first = queue.shift();
      if (first !== undefined) queue.splice(3, 0, first);
    },
    kill: (place: number) => pick(place).kill(),
    leave: (place: number) => pick(place).leave(),
    close: (place: number) => pick(place).close(),
    /** Living servers are heard by their heartbeats, whatever else is on its way. */
    pass(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        vi.advanceTimersByTime(1000);
        for (const server of servers) if (server.alive) client.heard(server);
      }
      fill();
    },
    /** All goes well from now on. */
    heal() {
      for (let place = 0; place < servers.length; place++) world.deliver(place, Number.MAX_SAFE_INTEGER);
      while (client.requests.length > 0) world.serve(0);
      for (let place = 0; place < servers.length; place++) world.emit(place, 10);
      world.pass(1);
    },
  };
  fill();
  world.serve(0);
  world.deliver(0, 1);
  return world;
}

type World = ReturnType<typeof createWorld>;

const place = fc.nat(7);
const count = fc.nat(20);
/** What may happen, the usual more often. */
const step: fc.Arbitrary<(world: World) => void> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(place, count).map(
      ([at, n]) =>
        (world: World) =>
          world.emit(at, n),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(place, count).map(
      ([at, n]) =>
        (world: World) =>
          world.deliver(at, n),
    ),
  },
  { weight: 3, arbitrary: place.map((at) => (world: World) => world.serve(at)) },
  { weight: 2, arbitrary: count.map((seconds) => (world: World) => world.pass(seconds)) },
  place.map((at) => (world: World) => world.repeat(at)),
  place.map((at) => (world: World) => world.delay(at)),
  place.map((at) => (world: World) => world.drop(at)),
  place.map((at) => (world: World) => world.leave(at)),
  place.map((at) => (world: World) => world.close(at)),
  place.map((at) => (world: World) => world.kill(at)),
);

test('loss, repetition, delay, death, hand-over: what is delivered is a prefix of what is produced, and it grows', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const world = createWorld();
      try {
        for (const act of steps) act(world);
        const before = world.delivered.length;
        for (let round = 0; round < 120 && world.delivered.length < before + 50; round++) world.heal();
        expect(world.ends).toEqual([]);
        expect(world.delivered).toEqual(world.delivered.map((_, n) => n + 1));
        expect(world.delivered.length).toBeGreaterThanOrEqual(before + 50);
      } finally {
        world.end();
        vi.clearAllTimers();
      }
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('a day: a stream is held by leases and heartbeats alone, and still there when something comes', () => {
  const world = createWorld();
  world.pass(24 * 60 * 60);
  world.heal();
  world.heal();
  expect(world.ends).toEqual([]);
  expect(world.delivered.length).toBeGreaterThan(0);
  world.end();
}, 60_000);
