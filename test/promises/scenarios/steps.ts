/** What scenarios have in common. */
import { expect } from 'vitest';
import { calls, kinds, streams } from '../history.ts';
import type { Client, Server } from '../promise-world.ts';

/** Subscribes and calls, everything; resolves when the server has begun everything and both streams have brought something. */
export async function beginAll(client: Client, server: Server): Promise<void> {
  await beginStreams(client);
  client.order('call');
  await server.heard(...kinds.map((kind) => `begun ${kind}`));
  await client.until('settled one-way call');
}

/** Subscribes; resolves when both streams have brought something. */
export async function beginStreams(client: Client): Promise<void> {
  client.order('subscribe');
  await Promise.all([client.until('event', 3), client.until('item', 3)]);
}

/** Resolves when every call has its outcome, so many times, and both streams bring something new. */
export async function untilSettled(client: Client, times = 1): Promise<void> {
  await Promise.all(calls.map((kind) => client.until(`settled ${kind}`, times)));
  await untilStreaming(client);
}

/** Resolves when so many one-way calls are carried out: their caller hears only that they are written. */
export async function untilCarriedOut(server: Server, times = 1): Promise<void> {
  await server.until('done one-way call', times);
}

/** Resolves when both streams bring something new. */
export async function untilStreaming(client: Client): Promise<void> {
  const more = (what: string): Promise<unknown> => client.until(what, client.said(what).length + 5);
  await Promise.all([more('event'), more('item')]);
}

/** Resolves when both streams bring something new, after so long a silence that what comes at first may be old. */
export async function untilStreamingAgain(client: Client): Promise<void> {
  await untilStreaming(client);
  await untilStreaming(client);
}

/** Resolves when both streams have begun at a server. */
export async function untilStreamsAt(server: Server): Promise<void> {
  await server.heard(...streams.map((kind) => `begun ${kind}`));
}

export const allDone = kinds.map((kind) => `done ${kind}`);
export const callsDone = calls.map((kind) => `done ${kind}`);

/** Begun at both, by a stream that went on; the record it began with may have been run again before, for nobody. */
export const both: unknown = expect.arrayContaining(['first', 'second']);
