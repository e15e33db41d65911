import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Thrown when someone else has a seat. */
export class SeatTakenError extends Error {
  readonly seat: string;

  constructor(seat: string) {
    super(`Seat ${seat} is taken`);
    this.name = 'SeatTakenError';
    this.seat = seat;
  }
}

/** Who sits where, over all server instances. */
export interface SeatClaims {
  taken(departure: string): Promise<Set<string>>;
  /** All of these seats or none of them. */
  claim(departure: string, seats: readonly string[], reference: string): Promise<void>;
}

/** A seat is a file that only one process can create: the exclusion that a database's unique key would give. */
export async function openSeatClaims(directory: string): Promise<SeatClaims> {
  const folderOf = async (departure: string): Promise<string> => {
    const folder = join(directory, 'seats', departure);
    await mkdir(folder, { recursive: true });
    return folder;
  };
  return {
    taken: async (departure) => new Set(await readdir(await folderOf(departure))),
    claim: async (departure, seats, reference) => claimAll(await folderOf(departure), seats, reference),
  };
}

async function claimAll(folder: string, seats: readonly string[], reference: string): Promise<void> {
  const claimed: string[] = [];
  try {
    for (const seat of seats) {
      await writeFile(join(folder, seat), reference, { flag: 'wx' }).catch((error: unknown) => {
        throw isAlreadyThere(error) ? new SeatTakenError(seat) : error;
      });
      claimed.push(seat);
    }
  } catch (error) {
    await Promise.all(claimed.map((seat) => rm(join(folder, seat), { force: true })));
    throw error;
  }
}

const isAlreadyThere = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';
