import { bar, column, whole } from '../terminal/columns.js';
import type { Walk } from './walk.js';

/** A first call, so that the times of the others do not include connecting. */
export async function whoAnswers(walk: Walk): Promise<void> {
  const { client } = walk.connection;
  await walk.stage.step('Say hello, which also connects', async (step) => {
    const server = await step.call('client.service.whoAmI.query()', () => client.service.whoAmI.query());
    step.say(`${walk.paint.strong(server.instance)} answers; it knows ${whole(server.airports)} airports`);
    step.answer(server.airports);
  });
}

export async function lookUpAirport(walk: Walk): Promise<void> {
  const { client } = walk.connection;
  await walk.stage.step('Query: an airport by its code', async (step) => {
    const airport = await step.call("client.airports.byCode.query({ iata: 'FRA' })", () =>
      client.airports.byCode.query({ iata: 'FRA' }),
    );
    const place = `${airport.latitude.toFixed(2)}° N ${airport.longitude.toFixed(2)}° E`;
    step.say(`${walk.paint.strong(airport.name)}, ${airport.country}   ${place}, ${airport.altitudeFeet} ft`);
    step.answer(airport);
  });
}

export async function nearestAirports(walk: Walk): Promise<void> {
  const { client } = walk.connection;
  const lucerne = { latitude: 47.0502, longitude: 8.3093 };
  await walk.stage.step('Query: the airports nearest to Lucerne', async (step) => {
    const neighbours = await step.call(
      'client.airports.nearest.query({ latitude: 47.0502, longitude: 8.3093 })',
      () => client.airports.nearest.query(lucerne),
    );
    const furthestKm = neighbours.at(-1)?.distanceKm ?? 1;
    for (const { airport, distanceKm } of neighbours) {
      const distance = column(`${distanceKm.toFixed(1)} km`, 9, 'right');
      const name = column(`${airport.name}, ${airport.country}`, 38);
      step.say(
        `${walk.paint.strong(airport.iata)}  ${name} ${distance}  ${walk.paint.accent(bar(distanceKm / furthestKm, 18))}`,
      );
    }
    step.answer(neighbours);
  });
}
