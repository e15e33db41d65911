/** What procedures say about their calls, in `meta.kafka`: read when a call needs it, checked when the handler starts. */
import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';
import {
  type KafkaMeta,
  type KafkaProcedureOptions,
  KafkaTransportError,
  type TransportLogger,
} from '@trpc-kafka/core';
import { assertWhole } from '@trpc-kafka/core/internal';
import { assertRetry } from '../handler/assert-handler-settings.js';
import { getProcedureAtPath, isLazyPath, loadedProcedure } from '../trpc-internals.js';

/** Finds what the procedure at a path says. Never rejects: without a procedure, or without a word from it, there are no options. */
export type ReadProcedureOptions = (path: string) => Promise<KafkaProcedureOptions>;

/** Reads from a router. Its lazy parts are loaded, and so checked, when one of their procedures is asked for. */
export function createProcedureOptions(router: AnyTRPCRouter, logger: TransportLogger): ReadProcedureOptions {
  return async (path) => {
    try {
      const procedure = await getProcedureAtPath(router, path);
      return procedure === null ? {} : optionsOf(path, procedure);
    } catch (error) {
      logger.error(
        { err: error, path },
        'the Kafka options of a procedure cannot be read: it has the defaults',
      );
      return {};
    }
  };
}

/** What the procedure at a path says, told at once; `undefined` when its part of the router has to be loaded first. */
export type KnownProcedureOptions = (path: string) => KafkaProcedureOptions | undefined;

/** Reads from what is loaded of a router. What is wrong there is told by {@link createProcedureOptions}, and counts as not said. */
export function createKnownOptions(router: AnyTRPCRouter): KnownProcedureOptions {
  const known = new WeakMap<AnyTRPCProcedure, KafkaProcedureOptions>();
  return (path) => {
    const procedure = loadedProcedure(router, path);
    if (procedure === undefined) return isLazyPath(router, path) ? undefined : noOptions;
    let options = known.get(procedure);
    if (options === undefined) {
      options = rightOptionsOf(path, procedure);
      known.set(procedure, options);
    }
    return options;
  };
}

function rightOptionsOf(path: string, procedure: AnyTRPCProcedure): KafkaProcedureOptions {
  try {
    return optionsOf(path, procedure);
  } catch {
    return noOptions;
  }
}

/**
 * Checks what the procedures of a router say, as far as the router is loaded.
 * @throws KafkaTransportError `INVALID_OPTION` that names procedure and option.
 */
export function assertProcedureOptions(router: AnyTRPCRouter): void {
  const procedures = router._def.procedures as Readonly<Record<string, AnyTRPCProcedure>>;
  for (const path of Object.keys(procedures)) optionsOf(path, procedures[path]!);
}

const noOptions: KafkaProcedureOptions = {};
const optionNames: Readonly<Record<keyof KafkaProcedureOptions, true>> = {
  delivery: true,
  gather: true,
  maxConcurrent: true,
  ordered: true,
  retry: true,
};
const retryNames: Readonly<Record<keyof Required<KafkaProcedureOptions>['retry'], true>> = {
  attempts: true,
  initialDelayMs: true,
  maxDelayMs: true,
};

function optionsOf(path: string, { _def }: AnyTRPCProcedure): KafkaProcedureOptions {
  const options = (_def?.meta as KafkaMeta | undefined)?.kafka;
  if (options === undefined) return noOptions;
  const where = `meta.kafka of the procedure ${path}`;
  assertNames(options, { where, names: optionNames });
  const { delivery, gather, maxConcurrent, ordered, retry } = options;
  if (delivery !== undefined && delivery !== 'at-least-once' && delivery !== 'at-most-once') {
    throw invalid(
      `delivery in ${where} is ${JSON.stringify(delivery)}; give 'at-least-once' or 'at-most-once'`,
    );
  }
  if (delivery === 'at-most-once' && _def.type === 'subscription') {
    throw invalid(
      `delivery in ${where} is 'at-most-once', but a subscription whose server died is started again: say 'at-least-once', or nothing`,
    );
  }
  if (gather !== undefined && typeof gather !== 'boolean') {
    throw invalid(`gather in ${where} is ${JSON.stringify(gather)}; give true or false`);
  }
  if (gather === true && _def.type !== 'query') {
    throw invalid(`gather in ${where} is true, but only queries can be gathered, and this is a ${_def.type}`);
  }
  if (ordered !== undefined && typeof ordered !== 'boolean') {
    throw invalid(`ordered in ${where} is ${JSON.stringify(ordered)}; give true or false`);
  }
  assertWhole(maxConcurrent, { name: `maxConcurrent in ${where}` });
  if (retry !== undefined) {
    assertNames(retry, { where: `retry in ${where}`, names: retryNames });
    assertRetry(retry, `retry in ${where}: `);
  }
  return options;
}

interface NameRule {
  readonly where: string;
  readonly names: Readonly<Record<string, true>>;
}

function assertNames(options: object, { where, names }: NameRule): void {
  if (typeof options !== 'object' || options === null) throw invalid(`${where} is no object`);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    throw invalid(`"${name}" in ${where} is no option; it takes ${Object.keys(names).join(', ')}`);
  }
}

function invalid(message: string): KafkaTransportError {
  return new KafkaTransportError({ code: 'INVALID_OPTION', message });
}
