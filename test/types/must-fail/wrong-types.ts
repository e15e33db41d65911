/** Does not compile, on purpose: whoever checks types must see an error in each line that says so, or has checked nothing. */
import { initTRPC, type TRPCDataTransformer } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { defineKafkaService } from '@trpc-kafka/core';
import { createKafkaEmitter, type KafkaClient, kafkaContext, kafkaLink } from '@trpc-kafka/link';
import { expectTypeOf } from 'expect-type';
import type { Kafka } from 'kafkajs';

declare const kafka: Kafka;
declare const client: KafkaClient;
declare const transformer: TRPCDataTransformer;
const t = initTRPC.context<{ user: string }>().create({ transformer });
const router = t.router({ at: t.procedure.query(() => new Date(0)) });

kafkaLink<typeof router>({ client }); // error
createKafkaEmitter<typeof router>({ client, transformer }).at(); // error
applyKafkaHandler({ kafka, service: 'flights', router }); // error
kafkaContext({ timeoutms: 500 }); // error
defineKafkaService({ name: 1 }); // error
expectTypeOf<1>().toEqualTypeOf<2>(); // error
