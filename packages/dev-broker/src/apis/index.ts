/**
 * All APIs that are served, by key.
 *
 * Owns: the list. What is not in it is refused: the connection that asks for it is closed, as Kafka does.
 */
import type { Api } from '../server/api.js';
import { alterConfigsApi, incrementalAlterConfigsApi } from './alter-configs.js';
import { apiVersionsApi } from './api-versions.js';
import { createPartitionsApi } from './create-partitions.js';
import { createTopicsApi } from './create-topics.js';
import { deleteGroupsApi } from './delete-groups.js';
import { deleteRecordsApi } from './delete-records.js';
import { deleteTopicsApi } from './delete-topics.js';
import { describeClusterApi } from './describe-cluster.js';
import { describeConfigsApi } from './describe-configs.js';
import { describeGroupsApi } from './describe-groups.js';
import { fetchApi } from './fetch.js';
import { findCoordinatorApi } from './find-coordinator.js';
import { heartbeatApi } from './heartbeat.js';
import { initProducerIdApi } from './init-producer-id.js';
import { joinGroupApi } from './join-group.js';
import { leaveGroupApi } from './leave-group.js';
import { listGroupsApi } from './list-groups.js';
import { listOffsetsApi } from './list-offsets.js';
import { metadataApi } from './metadata.js';
import { offsetCommitApi } from './offset-commit.js';
import { offsetFetchApi } from './offset-fetch.js';
import { offsetForLeaderEpochApi } from './offset-for-leader-epoch.js';
import { produceApi } from './produce.js';
import { syncGroupApi } from './sync-group.js';

const served: readonly Api[] = [
  produceApi,
  fetchApi,
  listOffsetsApi,
  metadataApi,
  offsetCommitApi,
  offsetFetchApi,
  findCoordinatorApi,
  joinGroupApi,
  heartbeatApi,
  leaveGroupApi,
  syncGroupApi,
  createTopicsApi,
  deleteTopicsApi,
  initProducerIdApi,
  describeConfigsApi,
  createPartitionsApi,
  describeGroupsApi,
  listGroupsApi,
  deleteGroupsApi,
  deleteRecordsApi,
  offsetForLeaderEpochApi,
  alterConfigsApi,
  incrementalAlterConfigsApi,
  describeClusterApi,
];

export const apis: ReadonlyMap<number, Api> = new Map(
  [...served, apiVersionsApi(served)].map((api) => [api.key, api]),
);
