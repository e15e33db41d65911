/** What a case works with: a service of its own on a broker, and everything it starts closed at its end. */
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import {
  applyKafkaHandler,
  type KafkaHandler,
  type KafkaHandlerOptions,
  type KafkaHandlerSettings,
} from '@trpc-kafka/adapter';
import { defineKafkaService, type KafkaService, type RecordCodec } from '@trpc-kafka/core';
import { createPlatformaticDriver } from '@trpc-kafka/core/platformatic';
import {
  type BatchLinkHeaders,
  createKafkaClient,
  createKafkaEmitter,
  type KafkaClient,
  type KafkaClientOptions,
  type KafkaEmitter,
  kafkaBatchLink,
  kafkaLink,
  type LinkHeaders,
} from '@trpc-kafka/link';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import superjson from 'superjson';
import { createEventLog, type EventLog } from '../support/event-log.ts';
import { uniqueName } from '../support/unique-name.ts';
import { type TestContext, type TestRouter, testRouter } from './test-router.ts';

type OnError = NonNullable<Parameters<typeof applyKafkaHandler<TestRouter>>[0]['onError']>;

export interface ServeOptions
  extends Partial<Omit<KafkaHandlerSettings, 'kafka' | 'service'>>,
    Pick<KafkaHandlerOptions<TestRouter>, 'allowBatching' | 'maxBatchSize'> {
  readonly onError?: OnError;
  readonly createContext?: (opts: Omit<TestContext, 'log'>) => void | Promise<void>;
}

export interface ConnectOptions extends Partial<Omit<KafkaClientOptions, 'kafka' | 'service'>> {
  readonly headers?: LinkHeaders;
  /** Calls through kafkaBatchLink, with these options, instead of kafkaLink. */
  readonly batch?: BatchOptions;
  readonly service?: KafkaService;
  /** Several clients on one instance, or driver, share its connections. */
  readonly kafka?: KafkaClientOptions['kafka'];
}

export interface BatchOptions {
  readonly maxItems?: number;
  readonly maxBytes?: number;
  readonly headers?: BatchLinkHeaders;
}

export interface Connected {
  readonly client: TRPCClient<TestRouter>;
  readonly kafkaClient: KafkaClient;
  readonly emitter: KafkaEmitter<TestRouter['_def']['record']>;
}

export interface CaseContext extends AsyncDisposable {
  readonly brokers: readonly string[];
  readonly service: KafkaService;
  readonly log: EventLog;
  readonly linkName: LinkName;
  /** What a handler that a case makes by itself must have, too, and a client the first of. */
  readonly codecs: readonly RecordCodec[];
  /** What handlers and clients are given, of the driver that is tried. */
  readonly createSource: () => KafkaClientOptions['kafka'];
  /** A raw client of kafkajs, to look behind the driver and to do what it does not. */
  readonly createKafka: () => Kafka;
  /** Serves the test router and waits until it is ready. */
  readonly serve: (options?: ServeOptions) => Promise<KafkaHandler>;
  readonly connect: (options?: ConnectOptions) => Connected;
  /** Both. */
  readonly start: (options?: {
    serve?: ServeOptions;
    connect?: ConnectOptions;
  }) => Promise<Connected & { handler: KafkaHandler }>;
  readonly defer: (cleanUp: () => unknown) => void;
}

/** Headers of one operation, where those of several are asked for: no case makes calls together that differ in them. */
function toBatchOptions(headers: LinkHeaders | undefined): BatchOptions {
  if (typeof headers !== 'function') return headers === undefined ? {} : { headers };
  return { headers: ({ opList: [op] }) => headers({ op }) };
}

/** What the clients of a context call with. */
export type LinkName = 'kafkaLink' | 'kafkaBatchLink';

/** What the sides of a context have, unless a case says otherwise. */
export interface CaseSettings {
  /** @default 'kafkaLink' */
  readonly linkName?: LinkName;
  /** @default JSON alone */
  readonly codec?: RecordCodec;
  /** Of the kafkajs instances of both sides, as SASL. */
  readonly kafkaConfig?: Partial<KafkaConfig>;
  /** @default 'kafkajs' */
  readonly driver?: DriverName;
}

/** What handlers and clients of a context work on. */
export type DriverName = 'kafkajs' | 'platformatic';

/** Makes a context; few partitions, so that a service is made quickly. */
export function createCaseContext(
  brokers: readonly string[],
  { linkName = 'kafkaLink', codec, kafkaConfig, driver: driverName = 'kafkajs' }: CaseSettings = {},
): CaseContext {
  const codecs = codec === undefined ? [] : [codec];
  const name = uniqueName('case');
  const service = defineKafkaService({
    name,
    topics: {
      requests: { partitions: 3 },
      oneWay: { partitions: 2 },
      control: { partitions: 2 },
      replies: { partitions: 2 },
    },
  });
  const log = createEventLog();
  const cleanUps: (() => unknown)[] = [];
  const createKafka = (): Kafka =>
    new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, ...kafkaConfig });

  function createSource(): KafkaClientOptions['kafka'] {
    if (driverName === 'kafkajs') return createKafka();
    const driver = createPlatformaticDriver({ bootstrapBrokers: [...brokers] });
    // Whoever makes a driver closes it.
    cleanUps.push(() => driver.close());
    return driver;
  }

  async function serve({ createContext, ...options }: ServeOptions = {}): Promise<KafkaHandler> {
    const handler = applyKafkaHandler<TestRouter>({
      codecs,
      ...options,
      kafka: createSource(),
      service,
      router: testRouter,
      createContext: async (given) => {
        await createContext?.(given);
        return { ...given, log };
      },
    });
    cleanUps.push(() => handler.close({ graceMs: 0 }));
    await handler.ready();
    return handler;
  }

  function connect({
    headers,
    batch = linkName === 'kafkaBatchLink' ? toBatchOptions(headers) : undefined,
    kafka = createSource(),
    service: other = service,
    ...options
  }: ConnectOptions = {}): Connected {
    const kafkaClient = createKafkaClient({
      app: name,
      // A call that is late is no failure of a case, unless the case says so: machines that run tests do much else.
      timeoutMs: 60_000,
      ...(codec === undefined ? {} : { codec }),
      ...options,
      kafka,
      service: other,
    });
    cleanUps.push(() => kafkaClient.close());
    const common = { client: kafkaClient, transformer: superjson };
    const link =
      batch === undefined
        ? kafkaLink<TestRouter>({ ...common, ...(headers === undefined ? {} : { headers }) })
        : kafkaBatchLink<TestRouter>({ ...common, ...batch });
    return {
      kafkaClient,
      client: createTRPCClient<TestRouter>({ links: [link] }),
      emitter: createKafkaEmitter<TestRouter>({ client: kafkaClient, transformer: superjson }),
    };
  }

  return {
    brokers,
    service,
    log,
    linkName,
    codecs,
    createSource,
    createKafka,
    serve,
    connect,
    async start(options = {}) {
      const handler = await serve(options.serve);
      const connected = connect(options.connect);
      await connected.kafkaClient.ready();
      return { ...connected, handler };
    },
    defer: (cleanUp) => void cleanUps.push(cleanUp),
    async [Symbol.asyncDispose]() {
      // Clients first: they wait for calls that handlers still answer.
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    },
  };
}
