/**
 * Writes control messages: to one server's inbox where it is known, else one copy to every control partition.
 * Owns: which messages share a record, and that what could not be written for a server goes with the next record for it.
 */
import { encodeEnvelope, type InboxAddress, type Transport } from '@trpc-kafka/core/internal';
import { type ControlListener, type ControlMessage, ControlRecord } from './control-record.js';

/** Writes control messages of one client to one service. */
export interface ControlSender {
  /**
   * Writes a message. Nobody waits for it. What is lost for a known server is written again with the next message for it,
   * which the lease of its streams makes sure of; what is lost otherwise shows as a call that runs to its deadline.
   */
  send(message: ControlMessage, server: InboxAddress | undefined): void;
  /** Resolves when the batcher has everything that was to be written; rejects never. */
  handedOver(): Promise<void>;
}

/** What a control sender needs. */
export interface ControlSenderOptions {
  readonly transport: Transport;
  readonly controlTopic: string;
  /** The `trpc-kafka` header of this client's records in JSON, which these are whatever calls are in: every server reads them. */
  readonly sender: () => string;
  readonly onFailed: (error: Error) => void;
}

/** What could not be written to a server. */
interface Unwritten {
  readonly server: InboxAddress;
  readonly messages: readonly ControlMessage[];
}

/** Most messages kept to be written again: for a server that is gone as well, no next one may ever come. */
const maxKept = 10_000;

/** Makes a control sender. */
export function createControlSender(options: ControlSenderOptions): ControlSender {
  const { transport, controlTopic } = options;
  /** Records that still take messages, by inbox id. */
  const open = new Map<string, ControlRecord>();
  /** What could not be written, by inbox id. */
  const unwritten = new Map<string, Unwritten>();
  let kept = 0;
  /** Copies for every partition, while their number is looked up. */
  const lookingUp = new Set<Promise<void>>();

  const listener: ControlListener = {
    sealed(record) {
      if (record.to !== undefined && open.get(record.to) === record) open.delete(record.to);
    },
    failed({ to, place, messages }, error) {
      options.onFailed(error);
      if (to !== undefined) keep({ ...place, inboxId: to }, messages);
    },
  };

  /** A lease says nothing later that the next one does not. */
  function keep(server: InboxAddress, messages: readonly ControlMessage[]): void {
    const lasting = messages.filter(({ kind }) => kind !== 'lease').slice(0, maxKept - kept);
    if (lasting.length === 0) return;
    kept += lasting.length;
    const earlier = unwritten.get(server.inboxId)?.messages ?? [];
    unwritten.set(server.inboxId, { server, messages: [...earlier, ...lasting] });
  }

  function takeKept(to: string): readonly ControlMessage[] {
    const messages = unwritten.get(to)?.messages ?? [];
    unwritten.delete(to);
    kept -= messages.length;
    return messages;
  }

  function createRecord(
    { topic, partition }: { topic: string; partition: number },
    told: { readonly to?: string; readonly listener: ControlListener },
  ): ControlRecord {
    const record = new ControlRecord({ topic, partition, to: undefined, sender: options.sender(), ...told });
    transport.batcher.add(record);
    return record;
  }

  function writeTo(server: InboxAddress, message: ControlMessage): void {
    const { inboxId } = server;
    let record = open.get(inboxId);
    if (record === undefined || !record.hasRoom()) {
      record = createRecord(server, { to: inboxId, listener });
      open.set(inboxId, record);
    }
    record.add(message, encodeEnvelope(message));
    if (unwritten.has(inboxId)) for (const earlier of takeKept(inboxId)) writeTo(server, earlier);
  }

  /** A reply that names another topic, or a partition that does not exist, as its server's inbox is forged, or from another service: never write there. */
  function isInbox({ topic, partition }: InboxAddress): boolean {
    return topic === controlTopic && partition < (transport.directory.known(controlTopic) ?? 0);
  }

  async function writeToAll(message: ControlMessage): Promise<void> {
    const partitions = (await transport.directory.lookUp(controlTopic)) ?? 0;
    const envelope = encodeEnvelope(message);
    const copies = { listener: listenOnce(options.onFailed) };
    for (let partition = 0; partition < partitions; partition++)
      createRecord({ topic: controlTopic, partition }, copies).add(message, envelope);
  }

  function broadcast(message: ControlMessage): void {
    const written = writeToAll(message)
      .catch(options.onFailed)
      .finally(() => lookingUp.delete(written));
    lookingUp.add(written);
  }

  return {
    send(message, server) {
      if (server !== undefined && isInbox(server)) {
        writeTo(server, message);
        return;
      }
      broadcast(message);
      // What waits for the next message to one server goes with one of its own: a lease for all takes nothing along.
      if (message.kind === 'lease') for (const late of unwritten.values()) writeTo(late.server, message);
    },
    async handedOver() {
      await Promise.all(lookingUp);
    },
  };
}

/** The copies of a message mostly fail together, for one reason. */
function listenOnce(onFailed: (error: Error) => void): ControlListener {
  let failed = false;
  return {
    sealed() {},
    failed(_record, error) {
      if (!failed) onFailed(error);
      failed = true;
    },
  };
}
