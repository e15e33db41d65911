import { EventEmitter, once } from 'node:events';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import type { HealthAnswer, HealthCheck } from './health-check.js';
import { createHealthServer, type HealthServer, type HealthServerOptions } from './health-server.js';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serve(options: Partial<HealthServerOptions>) {
  const server = createHealthServer({ port: 0, host: '127.0.0.1', checks: {}, ...options });
  cleanUps.push(() => server.close({ graceMs: 0 }));
  await server.ready();
  const { port } = server.address()!;
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };
  return { server, port, url, ask };
}

const statusesOf = async (ask: (path: string) => Promise<{ status: number }>): Promise<number[]> => {
  const answers = await Promise.all(['/livez', '/readyz', '/startupz'].map(ask));
  return answers.map(({ status }) => status);
};

describe('checks', () => {
  test.each<[string, HealthAnswer, number[]]>([
    ['well', { ready: true }, [200, 200, 200]],
    ['not ready', { ready: false }, [200, 503, 503]],
    ['not ready any more', { ready: false, started: true }, [200, 503, 200]],
    ['dead', { ready: false, alive: false, started: true }, [503, 503, 200]],
  ])('one that is %s decides alone, among others that are well', async (_, answer, expected) => {
    const well = { health: async () => ({ ready: true }) };
    const { ask } = await serve({ checks: { well, tested: () => answer } });
    expect(await statusesOf(ask)).toEqual(expected);
  });

  test('each is named, with its state, why, and what to do; times can be read', async () => {
    const reasons = [{ code: 'FULL', message: 'the disk is full', cure: 'empty it', sinceMs: 0 }];
    const checks = {
      disk: () => ({ ready: false, reasons, details: { free: 0n } }),
      net: () => ({ ready: true }),
    };
    const { ask } = await serve({ checks });
    expect((await ask('/readyz')).body).toEqual({
      ready: false,
      checks: {
        disk: {
          ok: false,
          state: 'unready',
          ready: false,
          alive: true,
          started: false,
          reasons: [{ ...reasons[0], sinceMs: '1970-01-01T00:00:00.000Z' }],
          details: { free: '0' },
        },
        net: { ok: true, state: 'ready', ready: true, alive: true, started: true, reasons: [] },
      },
    });
  });

  test('a health() keeps its object, and is asked with the grace that was given', async () => {
    class Asked {
      readonly answer = true;
      asked: unknown;
      health(options: unknown) {
        this.asked = options;
        return { ready: this.answer };
      }
    }
    const asked = new Asked();
    const { ask } = await serve({ checks: { asked }, rebalanceGraceMs: 5 });
    expect((await ask('/readyz')).status).toBe(200);
    expect(asked.asked).toEqual({ rebalanceGraceMs: 5 });
  });

  const circle: Record<string, unknown> = {};
  circle['circle'] = circle;
  test.each<[string, HealthCheck, string]>([
    [
      'throws',
      () => {
        throw new Error('no table "users"');
      },
      'the check failed: no table "users"',
    ],
    [
      'throws what cannot be written',
      () => {
        throw Object.create(null);
      },
      'the check failed: with something that cannot be written',
    ],
    ['rejects', () => Promise.reject(new Error('no line')), 'the check failed: no line'],
    ['hangs', () => new Promise<never>(() => {}), 'the check did not answer within 20 ms'],
    ['answers nothing', () => undefined as never, 'the check failed: '],
    [
      'answers nonsense',
      () => ({ ready: 'yes' }) as never,
      'the check failed: its answer has no boolean `ready`',
    ],
  ])('one that %s is not ready, named, and no reason to restart', async (_, check, message) => {
    const { ask } = await serve({ checks: { check }, checkTimeoutMs: 20 });
    expect(await statusesOf(ask)).toEqual([200, 503, 503]);
    expect((await ask('/readyz')).body).toMatchObject({
      checks: { check: { reasons: [{ code: 'CHECK_FAILED', message: expect.stringContaining(message) }] } },
    });
  });

  test('details that cannot be written do not stand in the way of the rest', async () => {
    const { ask } = await serve({ checks: { odd: () => ({ ready: true, details: circle }) } });
    expect(await ask('/readyz')).toMatchObject({
      status: 200,
      body: {
        ready: true,
        checks: { odd: { ok: true, details: expect.stringContaining('cannot be written') } },
      },
    });
  });
});

describe('requests', () => {
  test('others than GET and HEAD of the ways there are get an error that helps', async () => {
    const { ask, url } = await serve({});
    expect(await ask('/healthz?verbose')).toMatchObject({
      status: 404,
      body: { error: 'there is no /healthz; ask /livez, /readyz, /startupz' },
    });
    expect((await ask('/readyz?verbose')).status).toBe(200);
    const head = await fetch(`${url}/readyz`, { method: 'HEAD' });
    expect([head.status, head.headers.get('cache-control'), await head.text()]).toEqual([
      200,
      'no-store',
      '',
    ]);
    const post = await fetch(`${url}/readyz`, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('what is no HTTP, or is broken off, leaves the server as it is', async () => {
    const { ask, port } = await serve({});
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.end('rubbish\r\n\r\n');
    await once(socket.resume(), 'close');
    const broken = get({ port, path: '/readyz' }).on('error', () => {});
    broken.destroy();
    expect((await ask('/readyz')).status).toBe(200);
  });
});

describe('metrics', () => {
  test('come from a registry as prom-client has it, or from a function', async () => {
    // What the server uses of prom-client's Registry.
    class Registry {
      readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';
      private readonly text = 'up 1\n';
      async metrics(): Promise<string> {
        return this.text;
      }
    }
    const registry = new Registry();
    const page = async () => ({ contentType: registry.contentType, body: 'up 1\n' });
    for (const metrics of [registry, page]) {
      const { url } = await serve({ metrics });
      const response = await fetch(`${url}/metrics`);
      expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
        200,
        registry.contentType,
        'up 1\n',
      ]);
    }
  });

  test('are not there unless they are given, and fail alone', async () => {
    const without = await serve({});
    expect((await without.ask('/metrics')).status).toBe(404);
    const { ask } = await serve({ metrics: () => Promise.reject(new Error('no registry')) });
    expect(await ask('/metrics')).toEqual({ status: 500, body: { error: 'no registry' } });
    expect((await ask('/readyz')).status).toBe(200);
  });
});

describe('ending', () => {
  test('drain() unsets readiness and nothing else', async () => {
    const { server, ask } = await serve({ checks: { well: () => ({ ready: true }) } });
    server.drain();
    expect(await statusesOf(ask)).toEqual([200, 503, 200]);
    expect((await ask('/readyz')).body).toMatchObject({ ready: false, draining: expect.any(String) });
  });

  test('close() answers what was asked, lets idle connections go, and takes no others', async () => {
    const told = new EventEmitter();
    const asked = once(told, 'asked');
    const slow = async () => {
      told.emit('asked');
      await once(told, 'answer');
      return { ready: true };
    };
    const { server, port } = await serve({ checks: { slow }, checkTimeoutMs: 60_000 });
    const agent = new Agent({ keepAlive: true });
    cleanUps.push(() => agent.destroy());
    const [idle] = (await once(request({ port, path: '/nothing', agent }).end(), 'response')) as [
      IncomingMessage,
    ];
    await text(idle);
    const pending = once(get({ port, path: '/livez' }), 'response') as Promise<[IncomingMessage]>;
    await asked;
    const closed = server.close({ graceMs: 60_000 });
    told.emit('answer');
    expect((await pending)[0].resume().statusCode).toBe(200);
    await closed;
    await server.close();
    expect(server.address()).toBeUndefined();
    const [refused] = (await once(get({ port, path: '/livez' }), 'error')) as [NodeJS.ErrnoException];
    expect(refused.code).toBe('ECONNREFUSED');
  });

  test('a request that never ends is cut when the grace is over', async () => {
    const { server, port } = await serve({});
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write('GET /livez HTTP/1.1\r\n');
    await once(socket, 'connect');
    const cut = once(socket.resume(), 'close');
    await server.close({ graceMs: 1 });
    await cut;
  });
});

describe('options', () => {
  const well: HealthCheck = () => ({ ready: true });
  test.each<[string, object]>([
    ['port is missing', { checks: {} }],
    ['port is 70000', { port: 70_000, checks: {} }],
    ['port is of type string', { port: '8080', checks: {} }],
    ['checks is missing', { port: 0 }],
    ['checks.handler cannot be asked', { port: 0, checks: { well, handler: undefined } }],
    ['checkTimeoutMs is 0', { port: 0, checks: {}, checkTimeoutMs: 0 }],
    ['rebalanceGraceMs is -1', { port: 0, checks: {}, rebalanceGraceMs: -1 }],
  ])('%s: refused', (message, options) => {
    expect(() => createHealthServer(options as HealthServerOptions)).toThrow(message);
  });

  test('a port that is taken is told to whoever asks, and to nobody else', async () => {
    const { port } = await serve({});
    const second: HealthServer = createHealthServer({ port, host: '127.0.0.1', checks: {} });
    await expect(second.ready()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.close();
  });
});
