import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LedgerEntry, openLedger } from '../src/store/ledger.js';
import { openSeatClaims, SeatTakenError } from '../src/store/seat-claims.js';
import { temporaryFolder } from './support/temporary-folder.js';

const never = new AbortController().signal;
const entry = (id: string): LedgerEntry => ({ kind: 'search-ended', id, sent: 3, found: 7, servedBy: 'one' });

describe('the ledger', () => {
  it('finds at once what is there, and only the kind that was asked for', async () => {
    await using folder = await temporaryFolder();
    const ledger = await openLedger(folder.path);
    await ledger.append(entry('a'));
    const at = new Date('2027-01-02T03:04:05Z');
    const audit = { kind: 'audit', id: 'a', event: 'booked', reference: 'R', at, recordedBy: 'one' } as const;
    await ledger.append(audit);
    expect(await ledger.find('search-ended', 'a', never)).toEqual(entry('a'));
    expect(await ledger.find('audit', 'a', never)).toEqual(audit);
  });

  it('waits for what another instance has yet to write', async () => {
    await using folder = await temporaryFolder();
    const [reader, writer] = [await openLedger(folder.path), await openLedger(folder.path)];
    const found = reader.find('search-ended', 'late', never);
    for (let n = 0; n < 50; n += 1) await writer.append(entry(`other-${n}`));
    await writer.append(entry('late'));
    expect(await found).toEqual(entry('late'));
  });

  it('waits for the end of a line that is half written', async () => {
    await using folder = await temporaryFolder();
    const ledger = await openLedger(folder.path);
    const found = ledger.find('search-ended', 'split', never);
    const path = join(folder.path, 'ledger.jsonl');
    const line = `${JSON.stringify(entry('split'))}\n`;
    await appendFile(path, line.slice(0, 20));
    await appendFile(path, line.slice(20));
    expect(await found).toEqual(entry('split'));
  });

  it('keeps lines whole when many write at once', async () => {
    await using folder = await temporaryFolder();
    const ledger = await openLedger(folder.path);
    const other = await openLedger(folder.path);
    await Promise.all(
      Array.from({ length: 300 }, (_, n) => (n % 2 ? ledger : other).append(entry(`id-${n}`))),
    );
    for (const n of [0, 150, 299]) {
      expect(await ledger.find('search-ended', `id-${n}`, never)).toEqual(entry(`id-${n}`));
    }
  });

  it('stops waiting when its caller does', async () => {
    await using folder = await temporaryFolder();
    const ledger = await openLedger(folder.path);
    const caller = new AbortController();
    const found = ledger.find('audit', 'never', caller.signal);
    caller.abort();
    await expect(found).rejects.toThrow('aborted');
  });
});

describe('seat claims', () => {
  it('give a seat to one of many that want it at once', async () => {
    await using folder = await temporaryFolder();
    const desk = await openSeatClaims(folder.path);
    const other = await openSeatClaims(folder.path);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, n) => (n % 2 ? desk : other).claim('HV1-2027', ['12A'], `R${n}`)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(SeatTakenError);
    }
    expect(await desk.taken('HV1-2027')).toEqual(new Set(['12A']));
  });

  it('give all seats of a booking or none', async () => {
    await using folder = await temporaryFolder();
    const claims = await openSeatClaims(folder.path);
    await claims.claim('HV1-2027', ['12C'], 'first');
    await expect(claims.claim('HV1-2027', ['12A', '12B', '12C', '12D'], 'second')).rejects.toMatchObject({
      name: 'SeatTakenError',
      seat: '12C',
    });
    expect(await readdir(join(folder.path, 'seats', 'HV1-2027'))).toEqual(['12C']);
  });

  it('keep departures apart', async () => {
    await using folder = await temporaryFolder();
    const claims = await openSeatClaims(folder.path);
    await claims.claim('HV1-2027', ['1A'], 'first');
    await claims.claim('HV2-2027', ['1A'], 'second');
    expect(await claims.taken('HV3-2027')).toEqual(new Set());
  });
});
