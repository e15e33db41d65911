import { expect, it } from 'vitest';
import { parseBroker } from './broker-address.js';

it.each([
  ['kafka-1:9093', { host: 'kafka-1', port: 9093 }],
  ['kafka-1.example.com', { host: 'kafka-1.example.com', port: 9092 }],
  ['[::1]:19092', { host: '::1', port: 19092 }],
  [
    { host: 'kafka-2', port: 1 },
    { host: 'kafka-2', port: 1 },
  ],
])('%j is an address', (broker, address) => {
  expect(parseBroker(broker)).toEqual(address);
});

it.each(['', ':9092', 'kafka:port', 'kafka:0', 'kafka:99999', '::1', { host: '', port: 9092 }])(
  '%j is none, and said to be none',
  (broker) => {
    expect(() => parseBroker(broker)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('host:port') }),
    );
  },
);
