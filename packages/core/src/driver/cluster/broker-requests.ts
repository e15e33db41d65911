/**
 * Single requests to brokers and their answers, as far as a driver needs them.
 * Owns: the shapes that every driver's connections speak. They are those of kafkajs, so that its own objects fit as they are.
 * Must not know: any Kafka client, versions, what requests are for.
 */
import type { UnreadableRange } from '../partition-fetcher.js';
import type { IncomingHeaders } from '../record.js';

/** What the broker that coordinates a group is asked. */
export interface CoordinatorRequests {
  joinGroup(request: RawJoinGroupRequest): Promise<RawJoinGroupResponse>;
  syncGroup(request: RawSyncGroupRequest): Promise<RawSyncGroupResponse>;
  heartbeat(request: RawHeartbeatRequest): Promise<unknown>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
  offsetFetch(request: RawOffsetFetchRequest): Promise<RawOffsetFetchResponse>;
  offsetCommit(request: RawOffsetCommitRequest): Promise<unknown>;
}

/** What a broker that leads partitions is asked. */
export interface LeaderRequests {
  fetch(request: RawFetchRequest): Promise<RawFetchResponse>;
  listOffsets(request: RawListOffsetsRequest): Promise<RawListOffsetsResponse>;
}

/** What a broker can be asked. */
export interface Broker extends CoordinatorRequests, LeaderRequests {
  metadata(topics: readonly string[]): Promise<RawMetadata>;
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<{
    coordinator: { nodeId: number };
  }>;
  initProducerId(request: { transactionTimeout: number }): Promise<{
    producerId: string;
    producerEpoch: number;
  }>;
  createTopics(request: RawCreateTopicsRequest): Promise<RawCreateTopicsResponse>;
  describeConfigs(request: RawDescribeConfigsRequest): Promise<RawDescribeConfigsResponse>;
}

export interface RawJoinGroupRequest {
  readonly groupId: string;
  readonly memberId?: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

export interface RawJoinGroupResponse {
  readonly errorCode: number;
  readonly generationId: number;
  readonly memberId: string;
  readonly leaderId: string;
  /** Told to the leader alone. */
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

export interface RawSyncGroupRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  /** The name of the assigner; kafkajs leaves it out. */
  readonly protocolName?: string;
  /** Given by the leader alone. */
  readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
}

export interface RawSyncGroupResponse {
  readonly memberAssignment: Buffer;
}

export interface RawHeartbeatRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupGenerationId: number;
}

export interface RawMetadata {
  readonly brokers: readonly { nodeId: number; host: string; port: number }[];
  readonly controllerId?: number;
  readonly topicMetadata: readonly RawTopicMetadata[];
}

export interface RawTopicMetadata {
  readonly topic: string;
  readonly topicErrorCode: number;
  readonly partitionMetadata: readonly {
    readonly partitionId: number;
    readonly partitionErrorCode: number;
    readonly leader: number;
    readonly replicas: readonly number[];
  }[];
}

export interface RawProduceResponse {
  readonly topics: readonly {
    topicName: string;
    partitions: readonly { partition: number; errorCode: number; baseOffset: number }[];
  }[];
}

export interface RawFetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly rackId?: string;
  readonly topics: {
    topic: string;
    partitions: { partition: number; fetchOffset: string; maxBytes: number }[];
  }[];
}

export interface RawFetchResponse {
  readonly errorCode?: number;
  readonly responses: readonly { topicName: string; partitions: readonly RawFetchedPartition[] }[];
}

export interface RawFetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  /** From here on transactions are open. kafkajs reads it, too. */
  readonly lastStableOffset?: string;
  readonly abortedTransactions?: readonly unknown[];
  /** Batches that are not among the messages because they cannot be read. Only told where the driver decodes. */
  readonly unreadable?: readonly UnreadableRange[];
  readonly preferredReadReplica?: number;
  readonly messages: readonly RawFetchedMessage[];
}

export interface RawFetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: IncomingHeaders;
  readonly isControlRecord?: boolean;
  readonly batchContext?: object;
}

export interface RawListOffsetsRequest {
  readonly isolationLevel: number;
  readonly topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
}

export interface RawListOffsetsResponse {
  readonly responses: readonly {
    topic: string;
    partitions: readonly { partition: number; errorCode: number; offset: string }[];
  }[];
}

export interface RawCreateTopicsRequest {
  readonly topics: {
    topic: string;
    numPartitions: number;
    replicationFactor: number;
    configEntries: { name: string; value: string }[];
  }[];
  readonly timeout: number;
}

export interface RawCreateTopicsResponse {
  readonly topicErrors: readonly { topic: string; errorCode: number; errorMessage?: string | null }[];
}

export interface RawDescribeConfigsRequest {
  readonly resources: { type: number; name: string; configNames?: string[] }[];
}

export interface RawDescribeConfigsResponse {
  readonly resources: readonly {
    resourceName: string;
    errorCode: number;
    configEntries: readonly { configName: string; configValue: string | null }[];
  }[];
}

export interface RawOffsetFetchRequest {
  readonly groupId: string;
  readonly topics: { topic: string; partitions: { partition: number }[] }[];
}

export interface RawOffsetFetchResponse {
  readonly responses: readonly {
    topic: string;
    partitions: readonly { partition: number; offset: string; metadata: string | null; errorCode: number }[];
  }[];
}

export interface RawOffsetCommitRequest {
  readonly groupId: string;
  readonly groupGenerationId: number;
  readonly memberId: string;
  readonly topics: { topic: string; partitions: { partition: number; offset: string; metadata: string }[] }[];
}
