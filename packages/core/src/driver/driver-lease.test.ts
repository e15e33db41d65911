import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { acquireDriver } from './driver-lease.js';
import { createKafkajsDriver } from './kafkajs/kafkajs-driver.js';

const createKafka = () => new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING });
const isClosed = async (driver: ReturnType<typeof createKafkajsDriver>) => {
  const [outcome] = (await driver
    .produce([])
    .then(() => driver.connect().catch((error: unknown) => [error]))) as [unknown];
  return (outcome as { code?: string }).code === 'CLIENT_CLOSED';
};

describe('a driver lease', () => {
  it('is on one driver per kafkajs instance, closed by the last to let go', async () => {
    const kafka = createKafka();
    const [first, second] = [acquireDriver(kafka), acquireDriver(kafka)];
    expect(second.driver).toBe(first.driver);
    await first.release();
    await first.release();
    expect(acquireDriver(kafka).driver).toBe(first.driver);
    await second.release();
    expect(acquireDriver(createKafka()).driver).not.toBe(first.driver);
  });

  it('on a closed driver is never given out again', async () => {
    const kafka = createKafka();
    const first = acquireDriver(kafka);
    await first.release();
    expect(await isClosed(first.driver)).toBe(true);
    const second = acquireDriver(kafka);
    expect(second.driver).not.toBe(first.driver);
    await second.release();
  });

  it('on a driver of the user leaves it open', async () => {
    const driver = createKafkajsDriver(createKafka(), { connectTimeoutMs: 0 });
    const lease = acquireDriver(driver);
    expect(lease.driver).toBe(driver);
    await lease.release();
    expect(await isClosed(driver)).toBe(false);
    await driver.close();
  });

  it('on a driver of the user has it disconnect when nobody holds it any more, each time', async () => {
    let disconnected = 0;
    const own = createKafkajsDriver(createKafka(), { connectTimeoutMs: 0 });
    const driver = Object.assign(own, { disconnect: () => void disconnected++ });
    const [first, second] = [acquireDriver(driver), acquireDriver(driver)];
    await first.release();
    await first.release();
    expect(disconnected).toBe(0);
    await second.release();
    expect(disconnected).toBe(1);
    await acquireDriver(driver).release();
    expect(disconnected).toBe(2);
    await driver.close();
  });
});
