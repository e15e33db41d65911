import { defineKafkaService } from '@trpc-kafka/core';

/** Where the flights service is reached: its own servers and all of its clients import this very line. */
export const flightService = defineKafkaService({ name: 'flight-board' });
