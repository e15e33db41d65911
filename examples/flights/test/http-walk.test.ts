import { describe, expect, it } from 'vitest';
import { connectOverHttp } from '../src/connect/over-http.js';
import { serveOverHttp } from '../src/serve/over-http.js';
import { createPaint } from '../src/terminal/paint.js';
import { createComparingStage, createFullStage } from '../src/terminal/stage.js';
import { expectError } from '../src/walk/expect-error.js';
import { runWalk } from '../src/walk/run-walk.js';
import { collectOutput } from './support/collected-output.js';
import { testContext } from './support/flights-server.js';

const paint = createPaint({ colors: false });
const day = new Date('2027-03-14T12:00:00Z');

async function httpServer() {
  const test = await testContext('http-1');
  const serving = await serveOverHttp(test.context);
  return {
    connection: connectOverHttp(serving.url),
    lines: test.lines,
    [Symbol.asyncDispose]: async () => {
      await serving.close();
      await test[Symbol.asyncDispose]();
    },
  };
}

describe('the walk over HTTP', () => {
  it('sees every step, on both sides', async () => {
    await using http = await httpServer();
    const output = collectOutput();
    await runWalk({ ...http, stage: createFullStage({ ...output, paint }), paint, day });
    const text = output.text();
    for (const seen of [
      'http-1 answers; it knows 6 071 airports',
      'Frankfurt am Main Airport, Germany',
      'EML  Emmen Air Base, Switzerland               4.7 km',
      'NOT_FOUND    No airport has the code QQQ',
      'BAD_REQUEST  iata: An IATA code is three capital letters',
      'FRA-HEL-SIN',
      'cheapest of 7',
      'seats      Map   1A Amelia Earhart, 1B Otto Lilienthal',
      'CONFLICT     Seat 1A is taken',
      'http-1 recorded:',
    ]) {
      expect(text).toContain(seen);
    }
    // More may be on their way when the client leaves.
    expect(text).toMatch(/received 3, then left; http-1 noticed: [3-6] of 7 sent/);
    expect(http.lines.join('\n')).toMatch(/^offers FRA to SIN: the client left after [3-6] of 7$/m);
    expect(text).not.toContain('\u001b');
  });

  it('finds the same when it goes again, and says so', async () => {
    await using http = await httpServer();
    const first = createFullStage({ ...collectOutput(), paint });
    await runWalk({ ...http, stage: first, paint, day });
    const output = collectOutput();
    await runWalk({ ...http, stage: createComparingStage({ ...output, paint, earlier: first }), paint, day });
    expect(output.text().match(/same answer/g)).toHaveLength(first.records.length);
  });

  it('stops when a step finds something else than before', async () => {
    await using http = await httpServer();
    const first = createFullStage({ ...collectOutput(), paint });
    await runWalk({ ...http, stage: first, paint, day });
    const nextDay = new Date('2027-03-15T12:00:00Z');
    const second = createComparingStage({ ...collectOutput(), paint, earlier: first });
    await expect(runWalk({ ...http, stage: second, paint, day: nextDay })).rejects.toThrow(
      'the answer differs between the transports',
    );
  });
});

describe('expectError', () => {
  it('rejects with what came instead', async () => {
    await expect(expectError(Promise.resolve(1), 'NOT_FOUND')).rejects.toThrow('must end with NOT_FOUND');
    await expect(expectError(Promise.reject(new Error('socket closed')), 'NOT_FOUND')).rejects.toThrow(
      'socket',
    );
  });
});
