/** The ping-pong over @platformatic/kafka. */
import type { Contestant } from './contestant.ts';
import { createRawPingPong } from './raw-ping-pong.ts';
import { openPlatformaticLine } from './raw-platformatic-line.ts';

export const rawPlatformatic: Contestant = createRawPingPong(openPlatformaticLine);
