/**
 * A NestJS microservice over Kafka, as https://docs.nestjs.com/microservices/kafka has it. Decorators are called as the
 * functions they are: this repository's TypeScript is erasable, and parameter decorators are not.
 */
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type KafkaOptions, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { echoInput } from './echo-input.ts';

/** Starts it; resolves when its consumer has joined its group. */
export async function startNestServer(pattern: string, options: NonNullable<KafkaOptions['options']>) {
  const service = await NestFactory.createMicroservice<KafkaOptions>(createEchoModule(pattern), {
    transport: Transport.KAFKA,
    options,
    logger: false,
  });
  await service.listen();
  return service;
}

function createEchoModule(pattern: string) {
  class EchoController {
    echo(input: unknown): string {
      return echoInput.parse(input).text;
    }
  }
  Controller()(EchoController);
  Payload()(EchoController.prototype, 'echo', 0);
  MessagePattern(pattern)(
    EchoController.prototype,
    'echo',
    Object.getOwnPropertyDescriptor(EchoController.prototype, 'echo')!,
  );

  class EchoModule {}
  Module({ controllers: [EchoController] })(EchoModule);
  return EchoModule;
}
