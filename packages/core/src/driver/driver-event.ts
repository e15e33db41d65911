/** State changes of a driver. Nothing is silent: whatever a driver recovers from by itself is told here. */

/**
 * A state change of a driver. `error` is the client's own error where there was one; `brokers` are `host:port`.
 * `connected` comes with the first answer of all, and when a broker answers that could not be reached.
 */
export type DriverEvent =
  | { readonly type: 'connected'; readonly brokers: readonly string[] }
  | { readonly type: 'connection-failed'; readonly brokers: readonly string[]; readonly error: Error }
  | { readonly type: 'producer-replaced'; readonly reason: string; readonly error?: Error }
  | { readonly type: 'produce-retried'; readonly records: number; readonly error: Error }
  | {
      readonly type: 'group-joined';
      readonly groupId: string;
      readonly partitions: number;
      readonly generation: number;
    }
  | { readonly type: 'group-rebalancing'; readonly groupId: string }
  | {
      readonly type: 'group-failed';
      readonly groupId: string;
      readonly error: Error;
      readonly restarting: boolean;
    }
  | {
      /**
       * The coordinator of the group cannot be asked, and is asked until it can. What was read is handled meanwhile; after
       * the session timeout nothing more is read until the member is known to be one.
       */
      readonly type: 'group-interrupted';
      readonly groupId: string;
      readonly error: Error;
    }
  | { readonly type: 'group-recovered'; readonly groupId: string }
  | { readonly type: 'group-left'; readonly groupId: string }
  | {
      readonly type: 'group-position-lost';
      readonly groupId: string;
      readonly topic: string;
      readonly partition: number;
      readonly lostOffset: number;
      readonly resumedAt: number;
    }
  | { readonly type: 'commit-failed'; readonly groupId: string; readonly error: Error }
  | {
      readonly type: 'inbox-opened';
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
    }
  | {
      /** Told again when the code of its error changes, which is a `KafkaTransportError` as those of the driver's methods. */
      readonly type: 'inbox-interrupted';
      readonly topic: string;
      readonly partition: number;
      readonly error: Error;
    }
  | {
      readonly type: 'inbox-recovered';
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
    }
  | {
      readonly type: 'inbox-position-lost';
      readonly topic: string;
      readonly partition: number;
      readonly lostOffset: number;
      readonly resumedAt: number;
    }
  | {
      /** Records that cannot be read: compressed with a codec nobody installed, or not what Kafka says they are. */
      readonly type: 'records-skipped';
      readonly topic: string;
      readonly partition: number;
      readonly firstOffset: number;
      readonly lastOffset: number;
      readonly error: Error;
    }
  | { readonly type: 'listener-failed'; readonly where: string; readonly error: unknown };

/** Receives the events of a driver. */
export type DriverEventListener = (event: DriverEvent) => void;
