/** Where an inbox can be written to. The address on the wire is the only truth: nobody computes it anew. */

/** One partition of a reply or control topic, and the id by which its owner recognises its own records. */
export interface InboxAddress {
  readonly topic: string;
  readonly partition: number;
  /** 128 random bits as 22 characters of base64url: knowing it is the right to write to the inbox. */
  readonly inboxId: string;
}

const inboxIdPattern = /^[A-Za-z0-9_-]{22}$/;
const topicPattern = /^[A-Za-z0-9._-]{1,249}$/;
const partitionPattern = /^(?:0|[1-9]\d{0,8})$/;

/** Tells whether a text has the form of an inbox id. */
export function isInboxId(text: string): boolean {
  return inboxIdPattern.test(text);
}

/** Tells whether Kafka accepts a text as the name of a topic. */
export function isTopicName(text: string): boolean {
  return topicPattern.test(text) && text !== '.' && text !== '..';
}

/** A place as it stands in a header: `checkout.replies/3`. */
export function formatPlace(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** Reads {@link formatPlace}'s text; `undefined` when it is not one. */
export function parsePlace(text: string): { topic: string; partition: number } | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const topic = text.slice(0, slash);
  const partition = text.slice(slash + 1);
  if (!isTopicName(topic) || !partitionPattern.test(partition)) return undefined;
  return { topic, partition: Number(partition) };
}
