/** Metadata: where the leader of a topic's only partition is. */
import { assertNoError } from './kafka-code-error.ts';
import type { BrokerAddress, KafkaApi, KafkaConnection } from './kafka-connection.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const metadata: KafkaApi = { key: 3, version: 1 };

/** Asks one broker. Throws a `KafkaCodeError` where the topic or its leader is not known. */
export async function findLeader(connection: KafkaConnection, topic: string): Promise<BrokerAddress> {
  const body = new WireWriter().int32(1).string(topic).finish();
  const reader = new WireReader(await connection.request(metadata, body));
  const brokers = new Map(reader.array(readBroker));
  reader.int32(); // controller
  const [answer] = reader.array(readTopic);
  assertNoError(answer!.code, `looking for the topic ${topic}`);
  const [partition] = answer!.partitions;
  assertNoError(partition!.code, `looking for the leader of ${topic}[0]`);
  return brokers.get(partition!.leader)!;
}

function readBroker(reader: WireReader): readonly [id: number, address: BrokerAddress] {
  const id = reader.int32();
  const address = { host: reader.string(), port: reader.int32() };
  reader.string(); // rack
  return [id, address];
}

function readTopic(reader: WireReader) {
  const code = reader.int16();
  reader.string(); // name
  reader.int8(); // internal
  return { code, partitions: reader.array(readPartition) };
}

function readPartition(reader: WireReader) {
  const code = reader.int16();
  reader.int32(); // index
  const leader = reader.int32();
  reader.array((each) => each.int32()); // replicas
  reader.array((each) => each.int32()); // in sync
  return { code, leader };
}
