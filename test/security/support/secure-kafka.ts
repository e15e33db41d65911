/** A real Kafka whose clients come over TLS with a name and a password, and may do nothing that was not granted. */
import { setTimeout as delay } from 'node:timers/promises';
import type { PlatformaticDriverOptions } from '@trpc-kafka/core/platformatic';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { startKafkaCluster } from '../../../scripts/kafka/index.js';
import { createCertificate } from './certificate.ts';
import { type Right, toAcl } from './rights-table.ts';

/** That Kafka. */
export interface SecureKafka extends AsyncDisposable {
  /** A client of a user's, who need not have any right. */
  readonly connect: (user: string) => Kafka;
  /** A client that trusts nobody's certificate but those that the machine trusts. */
  readonly connectTrustingNobody: (user: string) => Kafka;
  /** What a client on @platformatic/kafka of a user's is given. */
  readonly access: (user: string) => PlatformaticDriverOptions;
  /** Resolves when the rights are in force. */
  readonly grant: (rights: readonly Right[]) => Promise<void>;
}

/** Starts one whose users may log in. */
export async function startSecureKafka(users: readonly string[]): Promise<SecureKafka> {
  const { certificate, key } = await createCertificate();
  const passwords = Object.fromEntries(users.map((user) => [user, `password-of-${user}`]));
  const cluster = await startKafkaCluster({ secure: { certificate, key, users: passwords } });
  const admin = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();

  const connect = (user: string, ssl: { ca?: string }): Kafka =>
    new Kafka({
      clientId: user,
      brokers: [...cluster.secureBrokers],
      logLevel: logLevel.NOTHING,
      ssl,
      sasl: { mechanism: 'plain', username: user, password: passwords[user] ?? 'none' },
    });

  async function countRights(names: ReadonlySet<string>): Promise<number> {
    const { resources } = await admin.describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    });
    return resources
      .filter(({ resourceName }) => names.has(resourceName))
      .reduce((sum, { acls }) => sum + acls.length, 0);
  }

  return {
    connect: (user) => connect(user, { ca: certificate }),
    connectTrustingNobody: (user) => connect(user, {}),
    access: (user) => ({
      clientId: user,
      bootstrapBrokers: [...cluster.secureBrokers],
      tls: { ca: certificate },
      sasl: { mechanism: 'PLAIN', username: user, password: passwords[user] ?? 'none' },
    }),
    async grant(rights) {
      await admin.createAcls({ acl: rights.map(toAcl) });
      // The controller has them; the broker, which is asked here, decides by what it has heard of it.
      const names = new Set(rights.map(({ name }) => name));
      while ((await countRights(names)) < rights.length) await delay(20);
    },
    async [Symbol.asyncDispose]() {
      await admin.disconnect();
      await cluster.stop();
    },
  };
}
