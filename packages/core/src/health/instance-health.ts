/**
 * What is known of an instance that reads and writes topics, event by event.
 * Pure: an event and its time make a new state of the old one. Who listens to a driver, and to whose events, is the caller's.
 */
import type { DriverEvent } from '../driver/driver-event.js';
import { type GroupChange, type GroupHealth, openGroupHealth, reduceGroup } from './group-health.js';
import { noteRetry, type ProducerHealth, unconnectedProducer } from './producer-health.js';

/** Where it is in its life. */
export type InstancePhase = 'starting' | 'running' | 'draining' | 'closed' | 'failed';

/** A partition read without a group. */
export interface InboxHealth {
  readonly topic: string;
  readonly partition: number;
  readonly state: 'opening' | 'open' | 'interrupted';
  readonly sinceMs: number;
  readonly failure: string | undefined;
}

/** What is known of an instance. */
export interface InstanceHealth {
  readonly phase: InstancePhase;
  readonly sinceMs: number;
  readonly started: boolean;
  /** Why starting failed last. */
  readonly obstacle: { readonly message: string; readonly sinceMs: number } | undefined;
  readonly groups: ReadonlyMap<string, GroupHealth>;
  readonly inboxes: ReadonlyMap<string, InboxHealth>;
  readonly producer: ProducerHealth;
}

/** What an instance itself does. What it reads is known by its opening; driver events of anything else are left alone. */
export type InstanceEvent =
  | { readonly type: 'producer-connected' }
  | { readonly type: 'group-opened'; readonly groupId: string; readonly topic: string }
  | { readonly type: 'group-positioned'; readonly groupId: string; readonly partitions: number }
  | { readonly type: 'group-confirmed'; readonly groupId: string }
  | { readonly type: 'inbox-asked-for'; readonly topic: string; readonly partition: number }
  | { readonly type: 'started' }
  /** What was opened is closed again. */
  | { readonly type: 'start-failed'; readonly error: Error; readonly again: boolean }
  | { readonly type: 'draining' }
  | { readonly type: 'closed' };

/** An instance that was just made. */
export function createInstanceHealth(atMs: number): InstanceHealth {
  return {
    phase: 'starting',
    sinceMs: atMs,
    started: false,
    obstacle: undefined,
    groups: new Map(),
    inboxes: new Map(),
    producer: unconnectedProducer,
  };
}

type AnyEvent = InstanceEvent | DriverEvent;
type GroupEvent = Extract<AnyEvent, { readonly type: GroupChange['type'] }>;
type InboxEvent = Extract<AnyEvent, { type: 'inbox-opened' | 'inbox-interrupted' | 'inbox-recovered' }>;
type LifeEvent = Exclude<InstanceEvent, GroupEvent> | Extract<DriverEvent, { type: 'produce-retried' }>;

const groupTypes: Readonly<Record<GroupEvent['type'], true>> = {
  'group-joined': true,
  'group-positioned': true,
  'group-confirmed': true,
  'group-rebalancing': true,
  'group-failed': true,
  'group-interrupted': true,
  'group-recovered': true,
};
const inboxTypes: Readonly<Record<InboxEvent['type'], true>> = {
  'inbox-opened': true,
  'inbox-interrupted': true,
  'inbox-recovered': true,
};
const lifeTypes: Readonly<Record<LifeEvent['type'], true>> = {
  'producer-connected': true,
  'produce-retried': true,
  started: true,
  'start-failed': true,
  draining: true,
  closed: true,
  'group-opened': true,
  'inbox-asked-for': true,
};

const isGroupEvent = (event: AnyEvent): event is GroupEvent => Object.hasOwn(groupTypes, event.type);
const isInboxEvent = (event: AnyEvent): event is InboxEvent => Object.hasOwn(inboxTypes, event.type);
const isLifeEvent = (event: AnyEvent): event is LifeEvent => Object.hasOwn(lifeTypes, event.type);

/** Takes an event in. The same state comes back where it says nothing of this instance. */
export function reduceInstance(health: InstanceHealth, event: AnyEvent, atMs: number): InstanceHealth {
  if (isLifeEvent(event)) return changeLife(health, event, atMs);
  if (isGroupEvent(event)) return changeGroup(health, event, atMs);
  return isInboxEvent(event) ? changeInbox(health, event, atMs) : health;
}

function changeLife(health: InstanceHealth, event: LifeEvent, atMs: number): InstanceHealth {
  switch (event.type) {
    case 'producer-connected':
      return { ...health, producer: { ...health.producer, connected: true } };
    case 'produce-retried':
      return { ...health, producer: noteRetry(health.producer, atMs, event.error) };
    case 'started':
      return { ...enter(health, 'running', atMs), started: true, obstacle: undefined };
    case 'start-failed':
      return failStart(health, event, atMs);
    case 'draining':
      return enter(health, 'draining', atMs);
    case 'closed':
      return enter(health, 'closed', atMs);
    case 'group-opened': {
      const { groupId, topic } = event;
      return withGroup(health, openGroupHealth(groupId, topic, atMs));
    }
    case 'inbox-asked-for': {
      const { topic, partition } = event;
      return withInbox(health, { topic, partition, state: 'opening', sinceMs: atMs, failure: undefined });
    }
  }
}

function changeGroup(health: InstanceHealth, change: GroupEvent, atMs: number): InstanceHealth {
  const group = health.groups.get(change.groupId);
  if (group === undefined) return health;
  const changed = reduceGroup(group, change, atMs);
  return changed === group ? health : withGroup(health, changed);
}

function changeInbox(health: InstanceHealth, event: InboxEvent, atMs: number): InstanceHealth {
  const inbox = health.inboxes.get(`${event.topic}/${event.partition}`);
  if (inbox === undefined) return health;
  if (event.type !== 'inbox-interrupted') {
    return withInbox(health, { ...inbox, state: 'open', sinceMs: atMs, failure: undefined });
  }
  const sinceMs = inbox.state === 'interrupted' ? inbox.sinceMs : atMs;
  return withInbox(health, { ...inbox, state: 'interrupted', sinceMs, failure: event.error.message });
}

function failStart(
  health: InstanceHealth,
  { error, again }: Extract<InstanceEvent, { type: 'start-failed' }>,
  atMs: number,
): InstanceHealth {
  return {
    ...enter(health, again ? 'starting' : 'failed', atMs),
    obstacle: { message: error.message, sinceMs: health.obstacle?.sinceMs ?? atMs },
    groups: new Map(),
    inboxes: new Map(),
  };
}

/** Nothing leads back from closing. */
function enter(health: InstanceHealth, phase: InstancePhase, atMs: number): InstanceHealth {
  const isClosing = health.phase === 'draining' || health.phase === 'closed';
  if (health.phase === phase || (isClosing && phase !== 'closed')) return health;
  return { ...health, phase, sinceMs: atMs };
}

function withGroup(health: InstanceHealth, group: GroupHealth): InstanceHealth {
  return { ...health, groups: new Map(health.groups).set(group.groupId, group) };
}

function withInbox(health: InstanceHealth, inbox: InboxHealth): InstanceHealth {
  return { ...health, inboxes: new Map(health.inboxes).set(`${inbox.topic}/${inbox.partition}`, inbox) };
}
