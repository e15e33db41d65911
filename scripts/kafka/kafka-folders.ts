import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The Apache Kafka that is started, by Docker as `apache/kafka:<version>`, on a JVM by Maven coordinates. */
export const kafkaVersion = '4.3.1';

/** Everything this folder writes stands below it; git ignores `.cache/`. */
export const cacheFolder = fileURLToPath(new URL('../../.cache/kafka', import.meta.url));

/** One folder per cluster: its record, its nodes' settings, logs and data. */
export const clustersFolder = join(cacheFolder, 'clusters');
