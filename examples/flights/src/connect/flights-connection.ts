import type { TRPCClient } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../router.js';

export type FlightsClient = TRPCClient<AppRouter>;
export type FlightsInput = inferRouterInputs<AppRouter>;
export type FlightsOutput = inferRouterOutputs<AppRouter>;

/** A client and what belongs to its transport; everything else in the walk is the same over each of them. */
export interface FlightsConnection {
  /** How people call the transport. */
  readonly transport: string;
  readonly client: FlightsClient;
  /** Sends an audit entry: one-way where the transport knows one-way calls, else as an ordinary mutation. */
  readonly audit: (entry: FlightsInput['bookings']['audit']) => Promise<void>;
  /** The line that `audit` runs, for people. */
  readonly auditCall: string;
  close(): Promise<void>;
}
