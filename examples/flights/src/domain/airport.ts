import { z } from 'zod';

/** A point on the Earth, in decimal degrees; north and east are positive. */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

export const positionSchema = z.object({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
});

/** Three capital letters; what a person would type as the code of an airport. */
export const iataSchema = z
  .string()
  .regex(/^[A-Z]{3}$/, 'An IATA code is three capital letters, such as FRA');

/** One airport as the service knows it: every field present, every value checked. */
export interface Airport extends Position {
  readonly iata: string;
  readonly name: string;
  /** The city it serves; the airport's own name where the data set knows no city. */
  readonly city: string;
  readonly country: string;
  readonly altitudeFeet: number;
  /** An IANA time zone, where known. */
  readonly timeZone: string | undefined;
}
