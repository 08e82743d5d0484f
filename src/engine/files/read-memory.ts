import { Buffer } from 'node:buffer'

/** Larger files get memory of their own, which goes with them. */
const largestKept = 16 * 2 ** 20
/** Idle pieces kept at most; a few files are read at a time. */
const mostIdle = 8
const step = 2 ** 20

/**
 * Memory for whole files, used again and again: fresh memory for each file would cost the system's zeroing of every page,
 * and megabytes a photo outside its heap make V8 collect all of it every few photos.
 */
export class ReadMemory {
  /** Ascending in size. */
  readonly #idle: Buffer[] = []
  /** The pieces that are lent, by their memory. */
  readonly #lent = new Map<ArrayBufferLike, Buffer>()

  /** Exactly `bytes` long, with whatever was there before; the caller's until it is given back. */
  take(bytes: number): Buffer {
    const at = this.#idle.findIndex((piece) => piece.length >= bytes)
    const [piece] = at === -1 ? [] : this.#idle.splice(at, 1)
    // Not from Node's pool: a slice of the pool would keep its neighbours in memory.
    const whole = piece ?? Buffer.allocUnsafeSlow(bytes > largestKept ? bytes : Math.ceil(bytes / step) * step)
    if (whole.length <= largestKept) this.#lent.set(whole.buffer, whole)
    return whole.subarray(0, bytes)
  }

  /** Nothing may read `bytes` afterwards. */
  give(bytes: Buffer): void {
    const whole = this.#lent.get(bytes.buffer)
    if (whole === undefined) return
    this.#lent.delete(bytes.buffer)
    const at = this.#idle.findIndex((piece) => piece.length >= whole.length)
    this.#idle.splice(at === -1 ? this.#idle.length : at, 0, whole)
    if (this.#idle.length > mostIdle) this.#idle.shift()
  }
}
