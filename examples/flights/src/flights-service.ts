import { defineKafkaService } from '@trpc-kafka/core';

/** How this service uses Kafka, decided in one place and imported by both sides; the names of its topics follow. */
export const flightsService = defineKafkaService({ name: 'flights' });
