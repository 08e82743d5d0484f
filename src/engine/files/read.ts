import { Buffer } from 'node:buffer'
import { constants, fstatSync, type BigIntStats } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { createXXHash128 } from 'hash-wasm'
import { displayPath, type FilePath, type FileStamp } from '../../shared/domain/file-path.ts'
import { throwIfCancelled, TwinlensError } from '../../shared/errors.ts'
import { asReadError } from './file-errors.ts'
import { stampOf } from './list-folder.ts'
import { toNativePath } from './native-path.ts'
import type { ReadMemory } from './read-memory.ts'

/** Bytes read at once, so that a raised signal is heard in the middle of a large file. */
const chunkBytes = 8 * 1024 * 1024
const streamBytes = 1024 * 1024

/** SIMD in WebAssembly. For one call at a time, as it has a state; streams that overlap need one each. */
const wholeHasher = await createXXHash128()

/**
 * Reads a whole file with one open. The stamp is the state before and after reading, so the bytes are one state of the file.
 * With `memory` the bytes lie there, to be given back when nothing reads them any more.
 *
 * Throws `vanished`, `permission-denied`, `name-too-long`, `read-error` (also for what is no regular file: FIFOs and devices
 * are never opened), `empty`, `too-large` (more than `maxBytes`), `changed-while-reading` (also when the file is not as
 * `expected`), `cancelled`.
 */
export async function readWhole(
  path: FilePath,
  expected: FileStamp | null,
  options: { maxBytes: number; signal?: AbortSignal | undefined; memory?: ReadMemory },
): Promise<{ bytes: Buffer; stamp: FileStamp }> {
  return withFile(path, options.signal, async (file, before) => {
    const stamp = stampOf(before)
    if (expected !== null && !sameStamp(expected, stamp)) throw changed(path)
    if (stamp.bytes === 0) throw new TwinlensError('empty', `${displayPath(path)} is an empty file.`)
    if (stamp.bytes > options.maxBytes) {
      const limit = Math.round(options.maxBytes / 1_000_000).toLocaleString('en')
      throw new TwinlensError('too-large', `${displayPath(path)} is larger than the limit of ${limit} MB.`)
    }
    const bytes = options.memory?.take(stamp.bytes) ?? Buffer.allocUnsafeSlow(stamp.bytes)
    try {
      await readInto(bytes, file, path, options.signal)
      if (!sameState(before, stateOf(file))) throw changed(path)
      return { bytes, stamp }
    } catch (error) {
      options.memory?.give(bytes)
      throw error
    }
  })
}

async function readInto(
  bytes: Buffer,
  file: FileHandle,
  path: FilePath,
  signal: AbortSignal | undefined,
): Promise<void> {
  let filled = 0
  while (filled < bytes.length) {
    throwIfCancelled(signal)
    const { bytesRead } = await file.read(bytes, filled, Math.min(chunkBytes, bytes.length - filled), filled)
    if (bytesRead === 0) throw changed(path)
    filled += bytesRead
  }
}

/** The first bytes of a file, at most `length`; fewer where it is shorter. Same codes as `readWhole`. */
export async function readHead(path: FilePath, length: number): Promise<Buffer> {
  return withFile(path, undefined, async (file) => {
    const head = Buffer.alloc(length)
    return head.subarray(0, await fill(file, head, 0))
  })
}

/** XXH3 128-bit hash of the bytes in its canonical big-endian form: 16 bytes. */
export function hashContent(bytes: Uint8Array): Uint8Array {
  wholeHasher.init()
  wholeHasher.update(bytes)
  return wholeHasher.digest('binary')
}

/**
 * The same hash as `hashContent` of the whole file, in 1 MiB of memory. Throws `changed-while-reading` when the file changed
 * meanwhile, and the codes of `readWhole` but `empty` and `too-large`.
 */
export async function hashFile(path: FilePath, signal?: AbortSignal): Promise<Uint8Array> {
  return withFile(path, signal, async (file, before) => {
    const hasher = await createXXHash128()
    hasher.init()
    const buffer = Buffer.allocUnsafeSlow(streamBytes)
    for (let at = 0; ;) {
      throwIfCancelled(signal)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
      if (bytesRead === 0) break
      hasher.update(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
    if (!sameState(before, stateOf(file))) throw changed(path)
    return hasher.digest('binary')
  })
}

/** Whether two files hold the same bytes, compared byte by byte in 2 MiB of memory. Same codes as `hashFile`. */
export async function sameContent(a: FilePath, b: FilePath, signal?: AbortSignal): Promise<boolean> {
  return withFile(a, signal, (fileA, stateA) =>
    withFile(b, signal, async (fileB, stateB) => {
      if (stateA.size !== stateB.size) return false
      const bufferA = Buffer.allocUnsafeSlow(streamBytes)
      const bufferB = Buffer.allocUnsafeSlow(streamBytes)
      for (let at = 0; ;) {
        throwIfCancelled(signal)
        const [readA, readB] = await Promise.all([fill(fileA, bufferA, at), fill(fileB, bufferB, at)])
        if (readA !== readB || !bufferA.subarray(0, readA).equals(bufferB.subarray(0, readB))) return false
        if (readA === 0) break
        at += readA
      }
      if (!sameState(stateA, stateOf(fileA))) throw changed(a)
      if (!sameState(stateB, stateOf(fileB))) throw changed(b)
      return true
    }),
  )
}

/**
 * The present state of a file, links followed; null when there is none (or something that is no regular file).
 * Throws `permission-denied`, `name-too-long`, `read-error`.
 */
export async function statFile(path: FilePath): Promise<FileStamp | null> {
  try {
    const state = await stat(toNativePath(path), { bigint: true })
    return state.isFile() ? stampOf(state) : null
  } catch (error) {
    const mapped = asReadError(error, path)
    if (mapped instanceof TwinlensError && mapped.code === 'vanished') return null
    throw mapped
  }
}

/** Whether two stamps are of one state of one file. Hard links made or removed meanwhile do not count. */
export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.bytes === b.bytes && a.modifiedNs === b.modifiedNs && a.device === b.device && a.inode === b.inode
}

async function withFile<T>(
  path: FilePath,
  signal: AbortSignal | undefined,
  use: (file: FileHandle, state: BigIntStats) => Promise<T>,
): Promise<T> {
  throwIfCancelled(signal)
  let file: FileHandle | undefined
  try {
    const native = toNativePath(path)
    // Looked at before it is opened: opening a FIFO waits for a writer, opening a device can do anything.
    assertRegular(await stat(native, { bigint: true }), path)
    // Should it become a FIFO in between, the open still does not wait. Windows does not know the flag.
    file = await open(native, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const state = stateOf(file)
    assertRegular(state, path)
    return await use(file, state)
  } catch (error) {
    throw asReadError(error, path)
  } finally {
    await file?.close()
  }
}

/** At once: the system has the state of an open file at hand, and a turn through Node's threads takes twenty times as long. */
function stateOf(file: FileHandle): BigIntStats {
  return fstatSync(file.fd, { bigint: true })
}

function assertRegular(state: BigIntStats, path: FilePath): void {
  if (!state.isFile()) throw new TwinlensError('read-error', `${displayPath(path)} is not a regular file.`)
}

/** Reads until the buffer is full or the file ends; returns the bytes read. */
async function fill(file: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}

function sameState(before: BigIntStats, after: BigIntStats): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs
}

function changed(path: FilePath): TwinlensError {
  return new TwinlensError(
    'changed-while-reading',
    `${displayPath(path)} was being changed while it was read. Scan again when that is done.`,
  )
}
