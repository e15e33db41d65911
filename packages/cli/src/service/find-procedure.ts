/** What kind of procedure a path is, as the servers of a service tell. */
import { KafkaTransportError } from '@trpc-kafka/core';
import type { ProcedureFacts, ProcedureType } from '@trpc-kafka/core/internal';
import { discover, type KafkaClient } from '@trpc-kafka/link';
import { usageError } from '../output/exit-codes.js';

/** How long servers may take to say what they have. */
export const answerMs = 2000;

/** Where to look for what. */
export interface FindProcedureOptions {
  readonly client: KafkaClient;
  readonly path: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Asks for a procedure's type. @throws KafkaTransportError `NO_SERVER`; a usage error where no server tells of the path. */
export async function findProcedureType(options: FindProcedureOptions): Promise<ProcedureType> {
  const { client, path, signal } = options;
  const timeoutMs = Math.min(answerMs, options.timeoutMs);
  const find = (procedures: readonly ProcedureFacts[] = []): ProcedureFacts | undefined =>
    procedures.find((each) => each.path === path);
  const until = ({ procedures }: { procedures?: readonly ProcedureFacts[] }): boolean =>
    find(procedures) !== undefined;
  const servers = await discover(client, { procedures: true, timeoutMs, until, signal }).all();
  signal.throwIfAborted();
  if (servers.length === 0) throw noServer(client.service, timeoutMs);
  const all = servers.flatMap(({ procedures }) => procedures ?? []);
  const found = find(all);
  if (found !== undefined) return found.type;
  throw usageError(unknownPath(client.service, path, [...new Set(all.map((each) => each.path))]));
}

/** Nobody answered a hello. */
export function noServer(service: string, timeoutMs: number): KafkaTransportError {
  return new KafkaTransportError({
    code: 'NO_SERVER',
    retryable: true,
    message: `no server of service ${service} answered within ${timeoutMs} ms. Start one, or look at why it is not ready. Those with discovery: false do not answer: then say --type query or --type mutation`,
  });
}

const maxShown = 12;

function unknownPath(service: string, path: string, known: readonly string[]): string {
  const lazy = 'Where it stands in a part of the router that is loaded when it is first called, say --type';
  if (known.length === 0) return `service ${service} does not say which procedures it has. Say --type`;
  const last = path.split('.').at(-1)?.toLowerCase() ?? '';
  const alike = known.filter((each) => each.toLowerCase().includes(last));
  const shown = (alike.length > 0 ? alike : known).toSorted().slice(0, maxShown);
  return `service ${service} has no procedure "${path}" that its servers tell of. There ${alike.length > 0 ? 'is' : 'are'} ${shown.join(', ')}${known.length > shown.length ? ', and more: "trpc-kafka ls" lists them' : ''}. ${lazy}`;
}
