/** One directory of a TIFF structure (TIFF 6.0 section 2; camera raw files are such structures). */
export interface TiffDirectory {
  has(tag: number): boolean
  /** The first value of a numeric tag; undefined where it is missing, of another type or outside the file. */
  value(tag: number): number | undefined
  /** The first `most` values of a numeric tag. */
  values(tag: number, most: number): number[]
  /** The bytes of a tag that holds data, cut off at the end of the file. */
  data(tag: number): Buffer | undefined
}

interface Entry {
  type: number
  count: number
  /** Where its value stands, or the offset of it. */
  at: number
}

/** Marks in place of TIFF's 42: Olympus (ORF) "RO" and "RS", Panasonic (RW2) "U". */
const versions = new Set([42, 0x4f52, 0x5352, 0x55])
const subDirectories = 330
const mostDirectories = 64
const mostEntries = 512
const mostNested = 16
/** Bytes of one value by type: 1 byte, 2 text, 3 short, 4 long, 7 undefined, 13 directory. */
const sizes: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 7: 1, 13: 4 }

/** Whether a block of bytes is a TIFF structure in the widest sense, and how its numbers are read; null where it is none. */
export function tiffOrder(bytes: Buffer): { short(at: number): number; long(at: number): number } | null {
  const order = bytes.toString('latin1', 0, 2)
  if ((order !== 'II' && order !== 'MM') || bytes.length < 8) return null
  const numbers =
    order === 'MM'
      ? { short: (at: number) => bytes.readUInt16BE(at), long: (at: number) => bytes.readUInt32BE(at) }
      : { short: (at: number) => bytes.readUInt16LE(at), long: (at: number) => bytes.readUInt32LE(at) }
  return versions.has(numbers.short(2)) ? numbers : null
}

/**
 * All directories of a file: the chain of main ones and what they nest, each visited once (chains that run in circles end),
 * at most 64 of them with 512 entries each. What lies outside the file is left out. Never throws; empty for anything else.
 */
export function readTiffDirectories(bytes: Buffer): TiffDirectory[] {
  const numbers = tiffOrder(bytes)
  if (numbers === null) return []
  const found: TiffDirectory[] = []
  const visited = new Set<number>()
  const pending = [numbers.long(4)]
  for (let at = pending.shift(); at !== undefined && found.length < mostDirectories; at = pending.shift()) {
    if (visited.has(at) || at < 8 || at + 2 > bytes.length) continue
    visited.add(at)
    const { entries, next } = readEntries(bytes, numbers, at)
    const directory = openDirectory(bytes, numbers, entries)
    found.push(directory)
    pending.push(...directory.values(subDirectories, mostNested))
    if (next !== undefined) pending.push(next)
  }
  return found
}

type Numbers = NonNullable<ReturnType<typeof tiffOrder>>

function readEntries(
  bytes: Buffer,
  { short, long }: Numbers,
  at: number,
): { entries: Map<number, Entry>; next?: number } {
  const count = short(at)
  const entries = new Map<number, Entry>()
  for (let i = 0; i < Math.min(count, mostEntries); i++) {
    const from = at + 2 + 12 * i
    if (from + 12 > bytes.length) break
    const entry = { type: short(from + 2), count: long(from + 4), at: from + 8 }
    if (!entries.has(short(from))) entries.set(short(from), entry)
  }
  const end = at + 2 + 12 * count
  return end + 4 <= bytes.length ? { entries, next: long(end) } : { entries }
}

function openDirectory(bytes: Buffer, { short, long }: Numbers, entries: ReadonlyMap<number, Entry>): TiffDirectory {
  const placeOf = ({ type, count, at }: Entry): number => ((sizes[type] ?? 8) * count <= 4 ? at : long(at))
  const values = (tag: number, most: number): number[] => {
    const entry = entries.get(tag)
    const size = entry === undefined ? undefined : sizes[entry.type]
    if (entry === undefined || size === undefined) return []
    const from = placeOf(entry)
    const there = Math.min(entry.count, most, Math.max(0, Math.floor((bytes.length - from) / size)))
    return Array.from({ length: there }, (_, i) => {
      const at = from + i * size
      return size === 4 ? long(at) : size === 2 ? short(at) : (bytes[at] ?? 0)
    })
  }
  return {
    has: (tag) => entries.has(tag),
    values,
    value: (tag) => values(tag, 1)[0],
    data(tag) {
      const entry = entries.get(tag)
      if (entry === undefined || sizes[entry.type] !== 1) return undefined
      const from = placeOf(entry)
      return bytes.subarray(Math.min(from, bytes.length), Math.min(from + entry.count, bytes.length))
    },
  }
}
