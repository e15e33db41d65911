/** The tables of docs/scaling.md, from the cost model and from draws of the code that picks partitions. */
import { createRandom } from '../support/random.ts';
import { busiestServer, costsOfStreams, readsPerOwnRecord, type StreamDeployment } from './cost-model.ts';
import { inboxIdOf, openSimulatedInbox } from './simulated-instances.ts';

/** Client instances, and partitions of their reply topic. */
export const replyDeployments: readonly (readonly [clients: number, partitions: number])[] = [
  [1, 12],
  [4, 12],
  [12, 12],
  [50, 12],
  [50, 48],
  [200, 48],
  [1000, 48],
  [1000, 192],
  [1000, 1000],
];

/** Partitions of a request topic, and server instances. */
export const requestDeployments: readonly (readonly [partitions: number, servers: number])[] = [
  [12, 1],
  [12, 5],
  [12, 12],
  [48, 5],
  [48, 20],
  [240, 100],
  [600, 200],
];

const few = { replyPartitions: 12, controlPartitions: 3 };
const many = { clients: 1000, servers: 200, replyPartitions: 192 };

/** Clients and servers with streams. */
export const streamDeployments: readonly StreamDeployment[] = [
  { ...few, clients: 10, servers: 3, streamsPerClient: 100 },
  { ...few, clients: 100, servers: 10, streamsPerClient: 1 },
  { ...few, clients: 100, servers: 10, streamsPerClient: 100 },
  { ...many, streamsPerClient: 1, controlPartitions: 3 },
  { ...many, streamsPerClient: 10, controlPartitions: 3 },
  { ...many, streamsPerClient: 10, controlPartitions: 24 },
  { ...many, streamsPerClient: 1000, controlPartitions: 3 },
];

const draws = 20;

/** How many inboxes share the fullest partition, on average over many draws. */
export function fullestPartition(inboxes: number, partitions: number): number {
  const random = createRandom(inboxes * 1000 + partitions);
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) {
    const counts = new Map<number, number>();
    const topics = {
      openInbox: ({ partition }: { partition: number }) => {
        counts.set(partition, (counts.get(partition) ?? 0) + 1);
        return {
          ready: Promise.resolve(0),
          position: () => 0,
          isCaughtUp: () => true,
          close: async () => {},
        };
      },
    };
    for (let index = 0; index < inboxes; index++) {
      openSimulatedInbox({
        topics,
        topic: 'replies',
        partitions,
        inboxId: inboxIdOf('client', index),
        random,
      });
    }
    sum += Math.max(...counts.values());
  }
  return sum / draws;
}

function table(heads: readonly string[], rows: readonly (readonly (number | string)[])[]): string {
  const line = (cells: readonly (number | string)[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---:')), ...rows.map(line)].join('\n');
}

const round = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

/** All of them, as they stand in the document. */
export function scalingTables(): readonly string[] {
  return [
    table(
      [
        'client instances',
        'reply partitions',
        'records read for each of one’s own',
        'instances on the fullest partition',
      ],
      replyDeployments.map(([clients, partitions]) => [
        clients,
        partitions,
        round(readsPerOwnRecord(clients, partitions)),
        round(fullestPartition(clients, partitions)),
      ]),
    ),
    table(
      ['request partitions', 'server instances', 'calls of the busiest, of the average'],
      requestDeployments.map(([partitions, servers]) => [
        partitions,
        servers,
        `${Math.round(busiestServer(partitions, servers) * 100)} %`,
      ]),
    ),
    table(
      [
        'clients',
        'servers',
        'streams a client',
        'reply / control partitions',
        'leases/s',
        'heartbeats/s',
        'read by a server/s',
        'read by a client/s',
      ],
      streamDeployments.map((deployment) => {
        const { clients, servers, streamsPerClient, replyPartitions, controlPartitions } = deployment;
        const costs = costsOfStreams(deployment);
        const { leases, heartbeats, readByServer, readByClient } = costs;
        const figures = [leases, heartbeats, readByServer, readByClient].map(round);
        return [clients, servers, streamsPerClient, `${replyPartitions} / ${controlPartitions}`, ...figures];
      }),
    ),
  ];
}
