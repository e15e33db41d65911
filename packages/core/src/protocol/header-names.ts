/** The names of every header trpc-kafka writes. A header costs time on both sides, so there are two, and one of them is enough for a request. */

/** Who wrote the record and how it is to be read: `1;json;from=…;at=…;id=…;deadline=…`. */
export const recordHeader = 'trpc-kafka';

/** The inbox a reply or control record is for. Absent: for every inbox of the topic. */
export const addresseeHeader = 'trpc-kafka-to';

/** Prefix of every header that is ours; user headers may not begin with it. */
export const reservedHeaderPrefix = 'trpc-kafka';

/** Of a dead letter: why, where from, how often, when: `code=…;topic=…;partition=…;offset=…;attempts=…;at=…`. */
export const deadLetterHeader = 'trpc-kafka-dead-letter';

/** Of a dead letter: the message of the last error. */
export const deadLetterMessageHeader = 'trpc-kafka-dead-letter-message';

/** Of an outcome that is kept: which call it is of, of which input, and until when: `call=…;fingerprint=…;expires=…`. */
export const outcomeHeader = 'trpc-kafka-outcome';

/** Of a record in the dead-letter topic that is no letter, but says what becomes of one: `claim;run=…;letter=…`, `done;run=…;letter=…;to=…`. */
export const replayMarkHeader = 'trpc-kafka-replay';

/** Of a one-way call that was a dead letter before: where that stands, `flights.dead-letter/0/12`. */
export const replayOfHeader = 'trpc-kafka-replay-of';
