/**
 * Cuts a stream of bytes into Kafka's frames: four bytes of length, then as many bytes.
 *
 * Owns: reassembly. Must not know: what is in a frame. A frame within one chunk is not copied.
 */
import { WireError } from '../wire/wire-error.js';

export interface FrameSplitter {
  /** Takes the next chunk and returns the frames it completes. Throws a WireError for an impossible length. */
  push(chunk: Buffer): Buffer[];
}

const LENGTH_BYTES = 4;

export function createFrameSplitter(maxFrameBytes: number): FrameSplitter {
  let parts: Buffer[] = [];
  let buffered = 0;
  /** Bytes to have before there is anything to do, so that a large frame is joined once and not per chunk. */
  let wanted = LENGTH_BYTES;

  const takeFrames = (bytes: Buffer): Buffer[] => {
    const frames: Buffer[] = [];
    let at = 0;
    wanted = LENGTH_BYTES;
    while (bytes.length - at >= LENGTH_BYTES) {
      const length = bytes.readInt32BE(at);
      if (length < 0 || length > maxFrameBytes)
        throw new WireError(`frame of ${length} bytes; the limit is ${maxFrameBytes}`);
      const end = at + LENGTH_BYTES + length;
      if (end > bytes.length) {
        wanted = end - at;
        break;
      }
      frames.push(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    buffered = bytes.length - at;
    parts = buffered > 0 ? [bytes.subarray(at)] : [];
    return frames;
  };

  return {
    push(chunk) {
      parts.push(chunk);
      buffered += chunk.length;
      if (buffered < wanted) return [];
      return takeFrames(parts.length === 1 ? parts[0]! : Buffer.concat(parts, buffered));
    },
  };
}
