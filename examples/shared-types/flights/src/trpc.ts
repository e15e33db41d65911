/** tRPC, as this service uses it. */
import { initTRPC } from '@trpc/server';
import type { KafkaMeta } from '@trpc-kafka/core';
import superjson from 'superjson';
import { z } from 'zod';
import type { FlightBoard } from './flight-board.js';

/** What every procedure gets. */
export interface FlightsContext {
  /** Which application calls, by its own word. */
  readonly caller: string;
  readonly board: FlightBoard;
}

/** What was wrong with which field. Said in plain types: the schema library's own would be in every client's package. */
export type InvalidFields = Readonly<Record<string, readonly string[]>>;

export const t = initTRPC
  .context<FlightsContext>()
  .meta<KafkaMeta>()
  .create({
    transformer: superjson,
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      data: { ...shape.data, invalidFields: invalidFieldsOf(error.cause) },
    }),
  });

function invalidFieldsOf(cause: unknown): InvalidFields | undefined {
  if (!(cause instanceof z.ZodError)) return undefined;
  const fields: Record<string, string[]> = {};
  for (const { path, message } of cause.issues) {
    const name = path.join('.');
    fields[name] = [...(fields[name] ?? []), message];
  }
  return fields;
}
