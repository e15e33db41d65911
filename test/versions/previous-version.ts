/** Which version today's packages have to get along with. */
import { git } from '../../scripts/packages/packages-of-commit.js';

/**
 * Stands for a release until there is one. It changes only when PROTOCOL.md breaks with it on purpose, which no released
 * version may do within a major version.
 */
const beforeTheFirstRelease = 'c660cdfcb553f9ef3c59aa16e3cf0f4f63abebc4';

/** The last release, by its tag; or what PREVIOUS_VERSION names: any tag, branch or commit. */
export async function previousVersion(): Promise<string> {
  const asked = process.env['PREVIOUS_VERSION'];
  if (asked !== undefined) return asked;
  const tags = await git('tag', '--list', '@trpc-kafka/core@*', '--sort=-version:refname');
  return tags.split('\n')[0] || beforeTheFirstRelease;
}
