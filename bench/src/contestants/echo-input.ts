/** What calls bring along, checked by every server that is more than a ping-pong. */
import { z } from 'zod';

/** An echo's input. */
export const echoInput = z.object({ text: z.string().max(1000) });

/** How many items a stream is to have. */
export const itemsInput = z.object({ count: z.int().min(0) });
