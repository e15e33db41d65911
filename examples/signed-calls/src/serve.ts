/** The service, which serves only callers who can prove who they are. */
import { applyKafkaHandler, type KafkaHandler } from '@trpc-kafka/adapter';
import type { Kafka } from 'kafkajs';
import { appRouter } from './router.js';
import { callerHeader, verifyCalls } from './verify-calls.js';

/** Serves the router; `secrets` are those of all callers, by name. */
export function serve(kafka: Kafka, secrets: ReadonlyMap<string, string>): KafkaHandler {
  return applyKafkaHandler({
    kafka,
    service: 'flights',
    router: appRouter,
    interceptors: [verifyCalls((caller) => secrets.get(caller))],
    // The interceptor has put it there, for every call that is let in.
    createContext: async ({ req }) => ({ caller: req.headers[callerHeader]! }),
    // A repeat is answered before createContext: each caller has keys of his own.
    duplicates: { scope: (req) => req.headers[callerHeader]! },
  });
}
