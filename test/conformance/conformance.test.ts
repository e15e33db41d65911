/** Every case on every broker: the embedded one always, real Kafka where it can be had. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { afterAll, describe, test } from 'vitest';
import { isFullMatrix } from '../support/full-matrix.ts';
import { msgpack } from '../support/msgpack.ts';
import { realKafka } from '../support/real-kafka/real-kafka.ts';
import { type CaseContext, createCaseContext, type LinkName } from './case-context.ts';
import { abortCases } from './cases/abort-cases.ts';
import { batchCases } from './cases/batch-cases.ts';
import { callCases } from './cases/call-cases.ts';
import { callFactsCases } from './cases/call-facts-cases.ts';
import { cancelCases } from './cases/cancel-cases.ts';
import { codecCases } from './cases/codec-cases.ts';
import { contextCases } from './cases/context-cases.ts';
import { deadlineCases } from './cases/deadline-cases.ts';
import { duplicateCases } from './cases/duplicate-cases.ts';
import { errorCases } from './cases/error-cases.ts';
import { gatherCases } from './cases/gather-cases.ts';
import { handoverCases } from './cases/handover-cases.ts';
import { lifecycleCases } from './cases/lifecycle-cases.ts';
import { limitCases } from './cases/limit-cases.ts';
import { loadCases } from './cases/load-cases.ts';
import { metadataCases } from './cases/metadata-cases.ts';
import { nestedCases } from './cases/nested-cases.ts';
import { oneWayCases } from './cases/one-way-cases.ts';
import { presenceCases } from './cases/presence-cases.ts';
import { routerCases } from './cases/router-cases.ts';
import { sizeCases } from './cases/size-cases.ts';
import { streamCases } from './cases/stream-cases.ts';
import { streamLifeCases } from './cases/stream-life-cases.ts';
import { streamLimitCases } from './cases/stream-limit-cases.ts';
import { streamPaceCases } from './cases/stream-pace-cases.ts';
import { streamedResultCases } from './cases/streamed-result-cases.ts';
import type { ConformanceCase } from './conformance-case.ts';

const themes: Readonly<Record<string, readonly ConformanceCase[]>> = {
  calls: callCases,
  batches: batchCases,
  routers: routerCases,
  errors: errorCases,
  cancel: cancelCases,
  aborts: abortCases,
  deadlines: deadlineCases,
  streams: streamCases,
  'life of streams': streamLifeCases,
  'limits of streams': streamLimitCases,
  'pace of streams': streamPaceCases,
  'streamed results': streamedResultCases,
  sizes: sizeCases,
  limits: limitCases,
  load: loadCases,
  'one-way': oneWayCases,
  'presence of servers': presenceCases,
  'nested calls': nestedCases,
  gather: gatherCases,
  duplicates: duplicateCases,
  codecs: codecCases,
  metadata: metadataCases,
  context: contextCases,
  'facts of calls': callFactsCases,
  lifecycle: lifecycleCases,
  handover: handoverCases,
};

/** What must not depend on how records are written, tried in MessagePack as well; on real Kafka what a broker has a part in. */
const inCodec: readonly string[] = ['calls', 'errors', 'streams', 'one-way'];
const inCodecOnDevBroker: readonly string[] = [...inCodec, 'batches', 'sizes', 'gather'];

const kafka = await realKafka();
const devBroker = await createDevBroker();
afterAll(() => devBroker.close());
const targets: readonly Target[] = [
  { name: 'kafkajs on dev-broker', skip: false, brokers: devBroker.brokers, link: 'kafkaLink' },
  {
    name: 'kafkajs on real Kafka',
    skip: kafka.unavailable !== undefined,
    brokers: kafka.brokers ?? [],
    link: 'kafkaLink',
  },
  ...(isFullMatrix ? [throughBatchLink()] : []),
];

/** Whoever changes the link must not notice, whatever he relies on. */
function throughBatchLink(): Target {
  const { brokers } = devBroker;
  return { name: 'kafkaBatchLink on dev-broker', skip: false, brokers, link: 'kafkaBatchLink' };
}

interface Target {
  readonly name: string;
  readonly skip: boolean;
  readonly brokers: readonly string[];
  readonly link: LinkName;
}

// Not with `each`, which quotes and shortens names: a person looks for them, and `-t` does.
for (const { name: target, skip, brokers, link: linkName } of targets) {
  describe.skipIf(skip)(target, () => {
    for (const [theme, cases] of Object.entries(themes)) {
      describe(theme, () => register(cases, () => createCaseContext(brokers, { linkName })));
      if (!(brokers === devBroker.brokers ? inCodecOnDevBroker : inCodec).includes(theme)) continue;
      const createContext = () => createCaseContext(brokers, { linkName, codec: msgpack });
      describe(`${theme} in MessagePack`, () => register(cases, createContext));
    }
  });
}

/** A case mostly waits for its broker: they run side by side. */
function register(cases: readonly ConformanceCase[], createContext: () => CaseContext): void {
  for (const { name, run } of cases) {
    test.concurrent(name, async () => {
      await using context = createContext();
      await run(context);
    }, 60_000);
  }
}
