/** The ping-pong over kafkajs, as it is installed. */
import type { Contestant } from './contestant.ts';
import { openKafkajsLine } from './raw-kafkajs-line.ts';
import { createRawPingPong } from './raw-ping-pong.ts';

export const rawKafkajs: Contestant = createRawPingPong(openKafkajsLine);
