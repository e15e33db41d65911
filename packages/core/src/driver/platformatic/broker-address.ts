/** Addresses of brokers as users write them. */
import { KafkaTransportError } from '../../errors/transport-error.js';
import type { BrokerAddress } from './platformatic-link.js';

const defaultPort = 9092;

/** Reads `host`, `host:port`, `[v6]:port` or an address in parts. @throws KafkaTransportError `INVALID_OPTION` */
export function parseBroker(broker: string | BrokerAddress): BrokerAddress {
  const found = typeof broker === 'string' ? splitAddress(broker) : broker;
  const { host, port } = found;
  if (typeof host === 'string' && host !== '' && Number.isInteger(port) && port > 0 && port < 65_536)
    return { host, port };
  throw new KafkaTransportError({
    code: 'INVALID_OPTION',
    message: `\`bootstrapBrokers\` holds ${JSON.stringify(broker)}, which is no address of a broker: write 'host:port'`,
  });
}

function splitAddress(text: string): BrokerAddress {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text.trim()) ?? [];
  return { host: bracketed ?? plain ?? '', port: port === undefined ? defaultPort : Number(port) };
}
