/**
 * All groups of the cluster, by id.
 *
 * Owns: their lifetime. Must not know: which node coordinates which group, requests.
 */
import type { BrokerSettings } from '../options.js';
import { createGroup, type Group } from './group.js';
import { migrateGroup, prepareRebalance, suspendGroup } from './rebalance.js';

export interface GroupRegistry {
  ids(): readonly string[];
  all(): Iterable<Group>;
  get(id: string): Group | undefined;
  getOrCreate(id: string): Group;
  delete(id: string): void;
  /** Drops the offsets committed for a topic that was deleted. */
  forgetTopic(topic: string): void;
  /** Makes all members of a group join again; false if there is no such group or it has no members. */
  forceRebalance(id: string): boolean;
  /** The group's coordinator changed. */
  migrate(id: string): void;
  /** The group has no coordinator until it migrates to one. */
  suspend(id: string): void;
  /** Ends all timers. */
  close(): void;
}

function stopTimers(group: Group): void {
  group.joinDeadline.clear();
  group.syncDeadline.clear();
  for (const member of group.members.values()) member.session.clear();
  for (const deadline of group.pendingMembers.values()) deadline.clear();
}

export function createGroupRegistry(settings: BrokerSettings): GroupRegistry {
  const groups = new Map<string, Group>();
  return {
    ids: () => [...groups.keys()],
    all: () => groups.values(),
    get: (id) => groups.get(id),
    getOrCreate(id) {
      const existing = groups.get(id);
      if (existing) return existing;
      const group = createGroup(id);
      groups.set(id, group);
      return group;
    },
    delete(id) {
      const group = groups.get(id);
      if (group) stopTimers(group);
      groups.delete(id);
    },
    forgetTopic(topic) {
      for (const group of groups.values()) group.offsets.deleteTopic(topic);
    },
    forceRebalance(id) {
      const group = groups.get(id);
      if (!group || group.members.size === 0) return false;
      if (group.state !== 'PreparingRebalance') prepareRebalance(group, settings);
      return true;
    },
    migrate(id) {
      const group = groups.get(id);
      if (group) migrateGroup(group, settings);
    },
    suspend(id) {
      const group = groups.get(id);
      if (group) suspendGroup(group);
    },
    close() {
      for (const group of groups.values()) stopTimers(group);
    },
  };
}
