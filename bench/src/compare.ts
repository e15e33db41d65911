/** `pnpm bench`: calls and streams of trpc-kafka beside those of its rivals, in one run on one machine. */
import { openComparedBrokers } from './broker/compared-brokers.ts';
import { openStage } from './comparison/stage.ts';
import { contestants } from './contestants/index.ts';

const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
await using brokers = await openComparedBrokers({ embedded: process.argv.includes('--embedded'), nodes: 1 });
for (const { name } of contestants) {
  if (only.length > 0 && !only.includes(name)) continue;
  await using stage = await openStage({ contestant: name, brokers: brokers.addresses });
  await stage.closedLoop({ inFlight: 64, durationMs: 2000 });
  for (const inFlight of [1, 16, 64, 256, 1024]) {
    const { calls, passedMs, latency, clientCpuMs, serverCpuMs } = await stage.closedLoop({
      inFlight,
      durationMs: 1000,
    });
    process.stdout.write(
      `${name.padEnd(24)} ${String(inFlight).padStart(4)} in flight ${Math.round((calls / passedMs) * 1000)}/s, p50 ${latency.p50.toFixed(2)} ms, p99 ${latency.p99.toFixed(2)} ms, client ${((clientCpuMs / calls) * 1000).toFixed(0)} us, server ${((serverCpuMs / calls) * 1000).toFixed(0)} us a call\n`,
    );
  }
}
