/** A process that has connected and then has nothing to do: a client instance, a server instance, or kafkajs as it comes. */
import { createTRPCClient } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { serveCommands } from '../child/served-commands.ts';
import { type CpuProfile, startCpuProfile } from '../measure/cpu-profile.ts';

/** What idles. */
export type IdlerRole = 'client' | 'server' | 'kafkajs';

interface StartOptions {
  readonly role: IdlerRole;
  readonly service: string;
  readonly brokers: readonly string[];
}

const t = initTRPC.create();
const router = t.router({ ping: t.procedure.query(() => 'pong') });

const roles: Readonly<Record<IdlerRole, (kafka: Kafka, service: string) => Promise<void>>> = {
  async server(kafka, service) {
    await applyKafkaHandler({ kafka, service, router }).ready();
  },
  async client(kafka, service) {
    const client = createKafkaClient({ kafka, service, app: `${service}-app` });
    await client.ready();
    // Idle is who has worked before: all connections are there.
    await createTRPCClient<typeof router>({ links: [kafkaLink<typeof router>({ client })] }).ping.query();
  },
  /** A consumer and a producer with kafkajs's own defaults, on the request topic of the same service. */
  async kafkajs(kafka, service) {
    const consumer = kafka.consumer({ groupId: `${service}-bystanders` });
    await consumer.connect();
    await consumer.subscribe({ topic: `${service}.requests` });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({ eachMessage: async () => {} });
    await joined;
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: `${service}.dead-letter`, messages: [{ value: 'warm' }] });
  },
};

let profile: CpuProfile | undefined;

const commands = {
  start: ({ role, service, brokers }: StartOptions): Promise<void> =>
    roles[role](new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }), service),
  /** CPU time since the process started, in µs. */
  cpuMicros(): number {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  async beginProfile(): Promise<void> {
    profile = await startCpuProfile();
  },
  saveProfile: (file: string): Promise<void> | undefined => profile?.save(file),
};

/** What an idle process can be asked. */
export type IdlerCommands = typeof commands;

serveCommands(commands);
