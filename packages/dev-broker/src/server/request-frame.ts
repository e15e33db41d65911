/**
 * The header of a request, and the frame of an answer.
 *
 * Owns: header versions 0 to 2. Must not know: bodies. A client that asks for an API or a version that
 * is not served gets its connection closed, as from Kafka; only ApiVersions has an answer for it (KIP-35).
 */
import { errorCodes } from '../protocol/error-codes.js';
import { nullableString } from '../wire/primitives.js';
import { WireError } from '../wire/wire-error.js';
import { WireReader } from '../wire/wire-reader.js';
import { WireWriter } from '../wire/wire-writer.js';
import type { Api, OpenRequest, ResponseBody } from './api.js';

/** A request whose header and body were read. */
export interface RequestFrame {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string;
  readonly sizeBytes: number;
  /** Whether the answer's header has a tag section. */
  readonly hasTaggedResponse: boolean;
  readonly open: OpenRequest;
}

const API_VERSIONS_KEY = 18;
// The client id stays a classic string even in flexible headers, so that any version can be read so far.
const clientIdCodec = nullableString.codec({ version: 1, flexible: false });

/** Reads a frame. Throws a WireError for bytes, APIs and versions that are not served. */
export function readRequest(frame: Buffer, apis: ReadonlyMap<number, Api>): RequestFrame {
  const reader = new WireReader(frame);
  const key = reader.int16();
  const version = reader.int16();
  const correlationId = reader.int32();
  const clientId = clientIdCodec.read(reader) ?? '';
  const api = apis.get(key);
  if (api === undefined) throw new WireError(`API ${key} is not served`);
  const common = { api, version, correlationId, clientId, sizeBytes: frame.length };
  if (version < api.minVersion || version > api.maxVersion) {
    if (key !== API_VERSIONS_KEY) {
      throw new WireError(
        `${api.name} version ${version} is not served; ${api.minVersion} to ${api.maxVersion} are`,
      );
    }
    return { ...common, version: 0, hasTaggedResponse: false, open: unsupportedVersion(api) };
  }
  const isFlexible = version >= api.flexibleFrom;
  if (isFlexible) skipTags(reader);
  // ApiVersions answers have the plain header always: the client may not know yet what we can read.
  const hasTaggedResponse = isFlexible && key !== API_VERSIONS_KEY;
  return { ...common, hasTaggedResponse, open: api.open(reader, version) };
}

/** Whatever its body looks like, it is answered in version 0 with UNSUPPORTED_VERSION (KIP-511). */
function unsupportedVersion(api: Api): OpenRequest {
  const empty = api.open(new WireReader(Buffer.alloc(0)), 0);
  const refuse: OpenRequest['refuse'] = (_errorCode, context) =>
    empty.refuse(errorCodes.UNSUPPORTED_VERSION, context);
  return { body: empty.body, refuse, handle: (context) => refuse(errorCodes.UNSUPPORTED_VERSION, context) };
}

function skipTags(reader: WireReader): void {
  const count = reader.uvarint();
  for (let i = 0; i < count; i++) {
    reader.uvarint();
    reader.bytes(reader.uvarint());
  }
}

/** The frame of an answer, as chunks for one writev. */
export function writeResponse(request: RequestFrame, body: ResponseBody): Buffer[] {
  const writer = new WireWriter();
  writer.int32(0);
  writer.int32(request.correlationId);
  if (request.hasTaggedResponse) writer.uvarint(0);
  body(writer);
  const { length } = writer;
  const chunks = writer.finish();
  chunks[0]!.writeInt32BE(length - 4, 0);
  return chunks;
}
