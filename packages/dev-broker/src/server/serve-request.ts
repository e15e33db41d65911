/**
 * The way of one request: read, counted, struck by faults or not, handled, answered.
 *
 * Owns: that order. Must not know: any particular API or fault.
 */
import { apis } from '../apis/index.js';
import type { BrokerNode } from '../cluster/broker-node.js';
import type { Cluster } from '../cluster/cluster.js';
import type { FaultInjector } from '../faults/request-faults.js';
import type { RecordingRequestLog } from '../faults/request-log.js';
import type { RequestContext, ResponseBody } from './api.js';
import type { Answer, Connection, Serve } from './connection.js';
import { type RequestFrame, readRequest, writeResponse } from './request-frame.js';

export interface ServeOptions {
  readonly cluster: Cluster;
  readonly node: BrokerNode;
  readonly injector: FaultInjector;
  readonly requests: RecordingRequestLog;
}

/** Makes the function that a node's connections hand their frames to. */
export function createServe(options: ServeOptions): Serve {
  const { node, injector, requests } = options;
  return (frame, connection): Answer => {
    const request = readRequest(frame, apis);
    connection.clientId = request.clientId;
    const { version, clientId, sizeBytes } = request;
    const seen = { api: request.api.name, version, clientId, nodeId: node.id, sizeBytes };
    requests.record(seen);
    const context = contextOf(options, request, connection);
    const answered = injector.apply<ResponseBody>({
      seen,
      body: request.open.body,
      handle: () => request.open.handle(context),
      refuse: (errorCode) => request.open.refuse(errorCode, context),
      cut: () => connection.destroy(),
    });
    if (answered instanceof Promise) return answered.then((body) => body && writeResponse(request, body));
    return answered && writeResponse(request, answered);
  };
}

function contextOf(
  { cluster, node }: ServeOptions,
  request: RequestFrame,
  connection: Connection,
): RequestContext {
  return {
    cluster,
    node,
    version: request.version,
    clientId: request.clientId,
    clientHost: `/${connection.remoteHost}`,
    onDisconnect: (gone) => connection.onClose(gone),
  };
}
