/**
 * One broker of the cluster, as the others see it.
 *
 * Owns: identity and liveness. Must not know: sockets (the node's server keeps them), topics.
 */

/** A node. `isLive` is what the controller believes: a paused node is live until its session ends. */
export interface BrokerNode {
  readonly id: number;
  readonly host: string;
  /** 0 until the node listens for the first time. */
  port: number;
  isLive: boolean;
  /** A paused node takes connections and bytes and does nothing with them, like a process that got SIGSTOP. */
  isPaused: boolean;
}
