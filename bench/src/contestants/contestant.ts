/**
 * The seam between the benchmark and what it compares: a way to ask a server for an echo.
 * Owns: what a contestant is. Must not know: any of them, how they are loaded, what is measured.
 * Each stands in a file of its own beside this one and is listed in index.ts. Its server and its client run in
 * processes of their own (processes/contestant-server.ts, contestant-client.ts), so a file holds both ends.
 */

/** A way to call a server, and the server. */
export interface Contestant {
  /** Resolves when the server takes calls. A second one under the same setting shares the work with the first. */
  startServer(setting: ContestantSetting): Promise<ContestantServer>;
  /** Resolves when calls can be sent at once. */
  openClient(setting: ClientSetting): Promise<ContestantClient>;
}

/** Where a contestant plays. */
export interface ContestantSetting {
  /** Brokers to bootstrap from, `host:port`. Those who need none leave them alone. */
  readonly brokers: readonly string[];
  /**
   * Unique to this visit: lower-case letters, digits and dashes. Topics begin with it and are removed afterwards;
   * groups and client ids do well to carry it, too.
   */
  readonly name: string;
  /** Partitions that topics of requests have. */
  readonly partitions: number;
}

/** The same for the client, which comes when the server is there. */
export interface ClientSetting extends ContestantSetting {
  /** What the server gave as its `address`. */
  readonly address: string | undefined;
}

/** A running server. */
export interface ContestantServer {
  /** Where clients find it, where brokers do not lead them there: a URL. Passes through JSON. */
  readonly address?: string;
  close(): Promise<void>;
}

/** An open client. */
export interface ContestantClient {
  /** Resolves with what the server echoed: the same text. Any number may be in flight. */
  call(text: string): Promise<string>;
  /**
   * Opens a stream of so many items (of `items` in echo-router.ts) and hands each to `onItem`, in order.
   * Resolves when the stream is over. Absent where there are no streams.
   */
  stream?(count: number, onItem: (item: string) => void): Promise<void>;
  close(): Promise<void>;
}
