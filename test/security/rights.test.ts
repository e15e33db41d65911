/**
 * The rights that docs/security.md grants, on a real Kafka with SASL_SSL and Kafka's own authorizer, which refuses
 * whatever was not granted: with all of them a service works, without any one of them somebody is told which is missing.
 */
import type { KafkaDriver } from '@trpc-kafka/core';
import { createPlatformaticDriver, type PlatformaticDriverOptions } from '@trpc-kafka/core/platformatic';
import { createKafkaClient, type KafkaClientOptions } from '@trpc-kafka/link';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isFullMatrix } from '../support/full-matrix.ts';
import { whyNoOwnCluster } from '../support/real-kafka/real-kafka.ts';
import { openRightsScene, type RightsScene, rightsOf } from './support/rights-scene.ts';
import { nameRight, type Right, readRights } from './support/rights-table.ts';
import { type SecureKafka, startSecureKafka } from './support/secure-kafka.ts';

const unavailable = await whyNoOwnCluster();
const all = [...(await readRights('| what for |')), ...(await readRights('| who makes topics |'))];

interface Lack {
  readonly name: string;
  readonly missing: Right;
  /** All but that. */
  readonly granted: readonly Right[];
}

/** One of each kind; all of them take a while. */
const examples = all.filter(
  (right, n) =>
    all.findIndex(
      ({ operation, resource }) => operation === right.operation && resource === right.resource,
    ) === n,
);

const without: readonly Lack[] = (isFullMatrix ? all : examples).map((missing) => ({
  name: `without ${nameRight(missing)}`,
  missing,
  granted: all.filter((right) => right !== missing),
}));

/** READ and WRITE include DESCRIBE, by which topics are looked for: that is not all that these rows are for. */
const described: readonly Lack[] = all
  .filter(({ resource, operation }) => resource === 'topic' && /^(READ|WRITE)$/.test(operation))
  .map((missing) => ({
    name: `with no more than DESCRIBE for ${nameRight(missing)}`,
    missing,
    granted: all.map((right) => (right === missing ? { ...right, operation: 'DESCRIBE' } : right)),
  }));

describe.skipIf(unavailable)('on real Kafka, over TLS, where nothing is allowed that was not granted', () => {
  let kafka: SecureKafka;

  beforeAll(async () => {
    kafka = await startSecureKafka(['flights', 'checkout', 'billing', 'support', 'stranger']);
  });

  afterAll(async () => {
    await kafka?.[Symbol.asyncDispose]();
  });

  let scenes = 0;
  async function openWith(rights: readonly Right[]): Promise<{ prefix: string; scene: RightsScene }> {
    const prefix = `scene-${scenes++}.`;
    await kafka.grant(rightsOf(rights, prefix));
    return { prefix, scene: openRightsScene(kafka, prefix) };
  }

  test('the rights of the tables are enough', async () => {
    const { scene } = await openWith(all);
    onTestFinished(() => scene.close());
    await scene.play();
    expect(scene.refusals.items).toEqual([]);
  });

  test('who has no rights is told so by name of the topic, and who is not who he says, or does not trust the brokers, likewise', async () => {
    const errorOf = (source: KafkaClientOptions['kafka']): Promise<unknown> =>
      new Promise((resolve) => {
        const client = createKafkaClient({
          kafka: source,
          service: 'closed.flights',
          app: 'stranger',
          onError: resolve,
        });
        onTestFinished(() => client.close({ graceMs: 0 }));
      });
    const overPlatformatic = (options: PlatformaticDriverOptions): KafkaDriver => {
      const driver = createPlatformaticDriver(options);
      onTestFinished(() => driver.close());
      return driver;
    };
    const untrusting = { ...kafka.access('stranger'), tls: {} };
    for (const source of [kafka.connect('stranger'), overPlatformatic(kafka.access('stranger'))])
      expect(await errorOf(source)).toMatchObject({
        code: 'AUTHORIZATION_FAILED',
        message: expect.stringMatching(/topic (closed\.flights|stranger)\..* grant the principal WRITE on/),
      });
    for (const source of [kafka.connect('nobody'), overPlatformatic(kafka.access('nobody'))])
      expect(await errorOf(source)).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    for (const source of [kafka.connectTrustingNobody('stranger'), overPlatformatic(untrusting)])
      expect(await errorOf(source)).toMatchObject({
        code: 'BROKERS_UNREACHABLE',
        message: expect.stringMatching(/self.signed certificate/),
      });
  });

  test.concurrent.each([...without, ...(isFullMatrix ? described : [])])(
    '$name, it is said what is missing',
    async ({ missing, granted }) => {
      const { prefix, scene } = await openWith(granted);
      try {
        // It fails, or waits in vain.
        scene.play().catch(() => {});
        const place = `${prefix}${missing.name}`;
        await scene.refusals.until(
          (errors) =>
            errors.some(({ message }) => message.includes(place) && message.includes(missing.operation)),
          `a refusal that names ${place} and ${missing.operation}`,
        );
      } finally {
        await scene.close();
      }
    },
  );
});
