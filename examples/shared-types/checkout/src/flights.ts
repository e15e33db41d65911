/** The flights service, as this repository knows it: by its published package and nothing else. */
import { type FlightRouter, flightService } from '@acme/flights-api';
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { createKafkaClient, createKafkaEmitter, type KafkaEmitter, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import superjson from 'superjson';

type Inputs = inferRouterInputs<FlightRouter>;
type Outputs = inferRouterOutputs<FlightRouter>;

/** What a search is made from. */
export type FlightSearch = Inputs['flights']['search'];
/** A flight, as the service tells of it. */
export type Flight = Outputs['flights']['byNumber'];

/** The ways to call it. */
export interface FlightsConnection extends AsyncDisposable {
  readonly client: TRPCClient<FlightRouter>;
  readonly emitter: KafkaEmitter<FlightRouter['_def']['record']>;
}

/** Connects in the background; the first call waits for it. */
export function connectToFlights(brokers: string[]): FlightsConnection {
  const kafka = new Kafka({ clientId: 'checkout', brokers, logLevel: logLevel.NOTHING });
  const kafkaClient = createKafkaClient({ kafka, service: flightService, app: 'checkout' });
  const options = { client: kafkaClient, transformer: superjson, headers: { 'x-app': 'checkout' } };
  return {
    client: createTRPCClient<FlightRouter>({ links: [kafkaLink(options)] }),
    emitter: createKafkaEmitter<FlightRouter>(options),
    [Symbol.asyncDispose]: () => kafkaClient.close(),
  };
}
