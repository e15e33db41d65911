/** The ping-pong over Kafka's protocol by hand. */
import { openFloorLine } from '../floor/floor-line.ts';
import type { Contestant } from './contestant.ts';
import { createRawPingPong } from './raw-ping-pong.ts';

export const protocolFloor: Contestant = createRawPingPong(openFloorLine);
