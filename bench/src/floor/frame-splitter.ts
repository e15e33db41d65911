/** Cuts what a socket delivers into frames: bytes behind their length in four bytes. */

const lengthBytes = 4;

/** Makes a function that takes what is delivered and tells of each frame, without its length. */
export function createFrameSplitter(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  /** What came of a frame that is not whole yet; put together once, when it is. */
  let parts: Buffer[] = [];
  let partsBytes = 0;
  /** Bytes that must be there before it is worth looking again. */
  let wantedBytes = lengthBytes;

  return (chunk) => {
    parts.push(chunk);
    partsBytes += chunk.length;
    if (partsBytes < wantedBytes) return;
    const bytes = parts.length === 1 ? chunk : Buffer.concat(parts, partsBytes);
    let at = 0;
    wantedBytes = lengthBytes;
    while (bytes.length - at >= lengthBytes) {
      const end = at + lengthBytes + bytes.readInt32BE(at);
      if (end > bytes.length) {
        wantedBytes = end - at;
        break;
      }
      onFrame(bytes.subarray(at + lengthBytes, end));
      at = end;
    }
    parts = at === bytes.length ? [] : [bytes.subarray(at)];
    partsBytes = bytes.length - at;
  };
}
