/**
 * ListGroups: the groups that this node coordinates.
 *
 * Owns: the message and its filters (KIP-518, KIP-848).
 */
import type { Group } from '../groups/group.js';
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi } from '../server/api.js';
import { array, int16, int32, string } from '../wire/primitives.js';
import { struct } from '../wire/struct.js';
import { since, withDefault } from '../wire/wire-type.js';

const GROUP_TYPE = 'Classic';

const request = struct({ statesFilter: since(4, array(string)), typesFilter: since(5, array(string)) });
const groupFields = {
  groupId: string,
  protocolType: string,
  groupState: since(4, string),
  groupType: since(5, string),
};
const response = struct({
  throttleTimeMs: withDefault(0, since(1, int32)),
  errorCode: int16,
  groups: array(struct(groupFields)),
});

/** Filters are spelled in any case, and an empty one passes all. */
function passes(filter: readonly string[], value: string): boolean {
  return filter.length === 0 || filter.some((wanted) => wanted.toLowerCase() === value.toLowerCase());
}

function list(group: Group) {
  return {
    groupId: group.id,
    protocolType: group.protocolType ?? '',
    groupState: group.state,
    groupType: GROUP_TYPE,
  };
}

export const listGroupsApi: Api = defineApi({
  name: 'ListGroups',
  versions: [0, 5],
  flexibleFrom: 3,
  request,
  response,
  handle: ({ statesFilter, typesFilter }, { cluster, node }) => ({
    errorCode: errorCodes.NONE,
    groups: [...cluster.groups.all()]
      .filter((group) => cluster.coordinatorOf(group.id) === node)
      .filter((group) => passes(statesFilter, group.state) && passes(typesFilter, GROUP_TYPE))
      .map(list),
  }),
  refuse: (_asked, errorCode) => ({ errorCode, groups: [] }),
});
