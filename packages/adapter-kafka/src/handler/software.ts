/** What this server instance runs, as it tells those who ask. */
import manifest from '../../package.json' with { type: 'json' };

/** In the manner of HTTP's `Server` header. */
export const software: string = `trpc-kafka/${manifest.version}`;
