import { join } from 'node:path';
import { runCommand } from './run-command.js';

/** Apache Kafka 4 brokers are compiled for Java 17 (KIP-1013). */
const oldestJava = 17;

export interface Java {
  readonly path: string;
  /** As Java prints it, for example `17.0.15`. */
  readonly version: string;
}

/** The Java of JAVA_HOME, else that of PATH; or one line on why it will not do. */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<Java | { unusable: string }> {
  const home = env['JAVA_HOME'];
  const path = home ? join(home, 'bin', 'java') : 'java';
  const result = await runCommand(path, ['-version'], { env });
  if (!result.ok) return { unusable: result.failure };
  const version = /version "([^"]+)"/.exec(result.stderr)?.[1];
  if (version === undefined) return { unusable: `${path} -version printed no version` };
  if (majorOf(version) < oldestJava)
    return { unusable: `${path} is Java ${version}, Kafka needs ${oldestJava} or newer` };
  return { path, version };
}

/** `1.8.0_402` is Java 8, `17.0.15` is 17, `25-ea` is 25. */
function majorOf(version: string): number {
  const [first, second] = version.split(/[._+-]/);
  return Number(first === '1' ? second : first);
}
