import { Kafka, logLevel } from 'kafkajs';

/** Rejects with a sentence when none of these brokers answers: better than five processes that wait. */
export async function reachBrokers(brokers: readonly string[]): Promise<void> {
  const kafka = new Kafka({
    brokers: [...brokers],
    connectionTimeout: 3_000,
    retry: { retries: 1 },
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`no broker of KAFKA_BROKERS=${brokers.join(',')} answers (${reason})`, { cause });
  } finally {
    await admin.disconnect();
  }
}
