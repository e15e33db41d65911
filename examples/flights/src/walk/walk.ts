import type { FlightsConnection } from '../connect/flights-connection.js';
import type { Paint } from '../terminal/paint.js';
import type { Stage } from '../terminal/stage.js';

/** What each step of the walk has at hand. */
export interface Walk {
  readonly connection: FlightsConnection;
  readonly stage: Stage;
  readonly paint: Paint;
  /** Any moment of the day on which to fly. */
  readonly day: Date;
}
