/**
 * Sticky assignment: shares the partitions of a topic out evenly and moves as few as it can.
 * Owns: the arithmetic, and what members tell each other for it. Pure. Must not know: any client, the group protocol.
 */

/** Part of the protocol between members: a group whose members name different assigners cannot form. */
export const stickyAssignerName = 'trpc-kafka-sticky';

/** What a member owns now, told to the group's leader in its member metadata. */
export interface Ownership {
  readonly generation: number;
  readonly owned: readonly number[];
}

/** Reads what a member told, JSON in its user data. What cannot be read owns nothing. */
export function parseOwnership(userData: Buffer | undefined): Ownership {
  try {
    const told = JSON.parse(String(userData)) as Partial<Ownership>;
    if (!Array.isArray(told.owned) || typeof told.generation !== 'number') return nothing;
    return { generation: told.generation, owned: told.owned.filter(Number.isSafeInteger) };
  } catch {
    return nothing;
  }
}

const nothing: Ownership = { generation: -1, owned: [] };

/** A member of the group and what it says it owned before. */
export interface StickyMember {
  readonly id: string;
  readonly owned: readonly number[];
  /** The generation in which it owned them: a member that missed a rebalance claims what others got meanwhile. */
  readonly generation: number;
}

/** Partitions by member id. Counts differ by one at most, and every partition has exactly one owner. */
export function assignSticky(
  partitions: readonly number[],
  members: readonly StickyMember[],
): ReadonlyMap<string, readonly number[]> {
  const claims = settleClaims(partitions, members);
  const ids = members.map((member) => member.id).sort(compare);
  // Who owns most may keep one more where the shares are not equal.
  const byClaims = [...ids].sort((a, b) => (claims.get(b)?.length ?? 0) - (claims.get(a)?.length ?? 0));
  const share = Math.floor(partitions.length / Math.max(1, ids.length));
  const larger = partitions.length % Math.max(1, ids.length);
  const quotas = new Map(byClaims.map((id, place) => [id, place < larger ? share + 1 : share]));
  const assignment = new Map(ids.map((id) => [id, (claims.get(id) ?? []).slice(0, quotas.get(id))]));
  const kept = new Set([...assignment.values()].flat());
  const free = partitions.filter((partition) => !kept.has(partition)).sort((a, b) => a - b);
  for (const id of ids) {
    const own = assignment.get(id)!;
    own.push(...free.splice(0, quotas.get(id)! - own.length));
    own.sort((a, b) => a - b);
  }
  return assignment;
}

/** The partitions each member may keep: of several claims the one of the latest generation counts. */
function settleClaims(
  partitions: readonly number[],
  members: readonly StickyMember[],
): ReadonlyMap<string, number[]> {
  const owners = new Map<number, StickyMember>();
  const existing = new Set(partitions);
  for (const member of members) {
    for (const partition of member.owned) {
      if (!existing.has(partition)) continue;
      const other = owners.get(partition);
      if (other === undefined || isLater(member, other)) owners.set(partition, member);
    }
  }
  const claims = new Map<string, number[]>();
  for (const [partition, { id }] of [...owners].sort(([a], [b]) => a - b)) {
    const own = claims.get(id);
    if (own === undefined) claims.set(id, [partition]);
    else own.push(partition);
  }
  return claims;
}

function isLater(a: StickyMember, b: StickyMember): boolean {
  return a.generation > b.generation || (a.generation === b.generation && compare(a.id, b.id) < 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
