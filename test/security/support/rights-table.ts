/** The tables of rights in docs/security.md, as what Kafka is to be told: so document and test cannot differ. */
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  ResourcePatternTypes,
} from 'kafkajs';
import { codesIn, readDocument, tableRows } from '../../docs/documents.ts';

type AclEntry = Parameters<Admin['createAcls']>[0]['acl'][number];

/** One row: somebody may do one thing to one topic or group. */
export interface Right {
  /** The name of the user, too. */
  readonly role: string;
  readonly operation: string;
  readonly resource: 'topic' | 'group';
  readonly name: string;
}

/** Rows of the table whose head begins so. */
export async function readRights(head: string): Promise<readonly Right[]> {
  const rows = tableRows(await readDocument('docs/security.md'), head);
  return rows.map(([who, operation, what]) => {
    const [role] = codesIn(who!);
    const [name] = codesIn(what!);
    const resource = what!.startsWith('group ') ? 'group' : 'topic';
    if (role === undefined || name === undefined || !(operation! in operations))
      throw new Error(`no right can be read from the row "${[who, operation, what].join(' | ')}"`);
    return { role, operation: operation!, resource, name };
  });
}

/** What stands for a right in the test's own name, and in an error. */
export function nameRight({ role, operation, resource, name }: Right): string {
  return `${role}: ${operation} on ${resource} ${name}`;
}

/** The same right to a topic or group of another service and other apps. */
export function toAcl({ role, operation, resource, name }: Right): AclEntry {
  return {
    principal: `User:${role}`,
    host: '*',
    operation: operations[operation as keyof typeof operations],
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: resource === 'group' ? AclResourceTypes.GROUP : AclResourceTypes.TOPIC,
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
  };
}

const operations = {
  READ: AclOperationTypes.READ,
  WRITE: AclOperationTypes.WRITE,
  CREATE: AclOperationTypes.CREATE,
  DESCRIBE: AclOperationTypes.DESCRIBE,
  DESCRIBE_CONFIGS: AclOperationTypes.DESCRIBE_CONFIGS,
};
