/** Declares every case on some brokers: the themes, in JSON, and some of them in MessagePack as well. */
import { describe, test } from 'vitest';
import { msgpack } from '../support/msgpack.ts';
import { type CaseContext, createCaseContext, type DriverName, type LinkName } from './case-context.ts';
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

/** Where and how the cases run. */
export interface ConformanceTarget {
  readonly name: string;
  readonly skip: boolean;
  readonly brokers: readonly string[];
  readonly isDevBroker: boolean;
  readonly link: LinkName;
  readonly driver: DriverName;
  /** @default all */
  readonly themes?: readonly string[];
}

/** Not with `each`, which quotes and shortens names: a person looks for them, and `-t` does. */
export function runConformance(target: ConformanceTarget): void {
  const { name, skip, brokers, isDevBroker, link: linkName, driver } = target;
  describe.skipIf(skip)(name, () => {
    for (const [theme, cases] of Object.entries(themes)) {
      if (target.themes !== undefined && !target.themes.includes(theme)) continue;
      describe(theme, () => register(cases, () => createCaseContext(brokers, { linkName, driver })));
      if (!(isDevBroker ? inCodecOnDevBroker : inCodec).includes(theme)) continue;
      const createContext = () => createCaseContext(brokers, { linkName, driver, codec: msgpack });
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
