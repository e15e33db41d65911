import type { WireReader } from './wire-reader.ts';

/** What an answer says of the only partition of the only topic that was asked about. */
export function readOnlyPartition<T>(reader: WireReader, readPartition: (reader: WireReader) => T): T {
  const [answer] = reader.array((topic) => {
    topic.string(); // name
    return topic.array(readPartition)[0];
  });
  return answer!;
}
