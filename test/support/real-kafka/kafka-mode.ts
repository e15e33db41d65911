/**
 * What the variables KAFKA and KAFKA_BROKERS ask of a test run: `required` fails where no real Kafka can be had, `off`
 * leaves it out, `if-possible` says in one line why it is left out. Who names brokers means them to be used.
 */
export type KafkaMode = 'required' | 'off' | 'if-possible';

export function kafkaMode(env: NodeJS.ProcessEnv = process.env): KafkaMode {
  const asked = env['KAFKA'] || undefined;
  if (asked === 'required' || asked === 'off') return asked;
  if (asked !== undefined) throw new Error(`KAFKA is "${asked}"; it can be "required" or "off", or not set`);
  return env['KAFKA_BROKERS'] ? 'required' : 'if-possible';
}
