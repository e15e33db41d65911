/**
 * A ping-pong over one Kafka client and nothing else: as fast as a request and its reply can be with it. Both ends write
 * micro-batches and read one partition without a group, asking for more before they look at what came. No names, no
 * errors, no deadlines, no validation: whatever an RPC adds is what it costs more than this.
 */
import { createTopics } from '../broker/create-topics.ts';
import type { Contestant, ContestantSetting } from './contestant.ts';
import { createRawCalls } from './raw-calls.ts';
import type { OpenRawLine } from './raw-line.ts';

/** Makes the contestant that plays over such lines. */
export function createRawPingPong(openLine: OpenRawLine): Contestant {
  return {
    async startServer(setting) {
      const { requests, replies } = topicsOf(setting);
      await createTopics(setting.brokers, { [requests]: 1, [replies]: 1 });
      const line = openLine(setting, { readTopic: requests, writeTopic: replies });
      await line.start((value) => line.write(value));
      return { close: () => line.close() };
    },
    async openClient(setting) {
      const { requests, replies } = topicsOf(setting);
      const line = openLine(setting, { readTopic: replies, writeTopic: requests });
      const calls = createRawCalls((value) => line.write(value));
      await line.start((value) => calls.settle(value));
      return { call: (text) => calls.call(text), close: () => line.close() };
    },
  };
}

function topicsOf({ name }: ContestantSetting) {
  return { requests: `${name}.requests`, replies: `${name}.replies` };
}
