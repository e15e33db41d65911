import { type Cluster, type Kafka, PartitionAssigners } from 'kafkajs';

/** The cluster object of a kafkajs instance, which it hands to assigners of partitions only: requests of one's own, without a group. */
export function openUnjoinedCluster(kafka: Kafka): Cluster {
  let cluster: Cluster | undefined;
  kafka.consumer({
    groupId: 'never-joined',
    partitionAssigners: [
      (config) => {
        cluster = config.cluster;
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  return cluster!;
}
