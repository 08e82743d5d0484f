/** Kept by a client at most: about what is under way at a time. */
export const spareBytes = 64 * 1024 * 1024

/** Pieces are cut in multiples of this, so that one serves requests whose headers differ a little. */
const grainBytes = 4096

/**
 * [Note: Memory of requests]
 * A picture as FP32 has 600 KB, and memory outside the heap counts for the collector: new memory for every request made V8 mark all of its
 * heap each ten requests, for as much processor time as encoding and sending took together. So the memory of a request that was
 * answered holds the next one. It is overwritten, never freed: a server that answers before it has read all of a request gets
 * pixels of the next in its place, and has answered already.
 */
export class SpareMemory {
  private readonly most: number
  private readonly spare: ArrayBuffer[] = []
  private spareBytes = 0

  /** @param most bytes kept for later */
  constructor(most: number) {
    this.most = most
  }

  /** Memory with anything in it, from the start of a buffer of its own. */
  take(bytes: number): Buffer<ArrayBuffer> {
    const at = this.spare.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * roomFor(bytes))
    if (at < 0) return Buffer.from(new ArrayBuffer(roomFor(bytes)), 0, bytes)
    const [found = new ArrayBuffer(bytes)] = this.spare.splice(at, 1)
    this.spareBytes -= found.byteLength
    return Buffer.from(found, 0, bytes)
  }

  /** As `take`, with these bytes in it. */
  copy(bytes: Uint8Array): Buffer<ArrayBuffer> {
    const copy = this.take(bytes.length)
    copy.set(bytes)
    return copy
  }

  /** Takes it back; what is read from it afterwards may be something else. */
  give({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (this.spareBytes + buffer.byteLength > this.most) return
    this.spare.push(buffer)
    this.spareBytes += buffer.byteLength
  }
}

function roomFor(bytes: number): number {
  return Math.ceil(bytes / grainBytes) * grainBytes
}
