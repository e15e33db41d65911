/** A server made by hand: a test sees what a client writes and says what is written back, also what no adapter would. */
import { createInboxId, formatSender, type InboxAddress, senderOf } from '@trpc-kafka/core/internal';
import type { CaseContext } from '../../conformance/case-context.ts';
import { type Collector, createCollector } from '../../support/collector.ts';

/** A call as its client wrote it. */
export interface RawRequest {
  readonly id: number | string;
  readonly method: string;
  readonly params: { readonly path: string; readonly input?: unknown; readonly lastEventId?: string };
  readonly replyTo: InboxAddress;
}

/** Reads a service's requests and answers none of them by itself. */
export interface RawServer {
  readonly requests: Collector<RawRequest>;
  /** Writes a value to the client that made the request; an envelope, or whatever else. */
  reply(request: RawRequest, value: unknown): Promise<void>;
}

/** Starts one on the topics of the case, which a connected client has made. */
export async function startRawServer(context: CaseContext): Promise<RawServer> {
  const { service, createKafka, defer } = context;
  const requests = createCollector<RawRequest>();
  const kafka = createKafka();
  const consumer = kafka.consumer({ groupId: `${service.name}-raw`, maxWaitTimeInMs: 50 });
  const producer = kafka.producer();
  await Promise.all([consumer.connect(), producer.connect()]);
  defer(() => Promise.all([consumer.disconnect(), producer.disconnect()]));
  await consumer.subscribe({ topic: service.topics.requests.topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const replyTo = senderOf(message.headers ?? {})?.replyTo;
      if (replyTo === undefined) throw new Error('a request says where its reply goes');
      requests.add({ ...JSON.parse(String(message.value)), replyTo });
    },
  });
  const header = formatSender(createInboxId());
  return {
    requests,
    async reply({ replyTo: { topic, partition, inboxId } }, value) {
      const headers = { 'trpc-kafka': header, 'trpc-kafka-to': inboxId };
      await producer.send({ topic, messages: [{ partition, value: JSON.stringify(value), headers }] });
    },
  };
}
