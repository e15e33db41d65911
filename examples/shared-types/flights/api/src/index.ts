/** All that clients get. The second line is a type, so that of the router nothing is left when this is built. */
export { flightService } from '../../src/flight-service.js';
export type { FlightRouter } from '../../src/router.js';
