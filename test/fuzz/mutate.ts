import { createRandom, type Random } from '../fixtures/generator/random.ts'

/** Numbers that break arithmetic: none, one, the ends of signed and unsigned ranges. */
const edges = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]

/** Headers break more than pixels: half of the places lie in the first kilobyte, the others are spread. */
function placeIn(bytes: Buffer, random: Random): number {
  const within = random.chance(0.5) ? Math.min(1024, bytes.length) : bytes.length
  return Math.floor(random.next() ** 1.5 * within)
}

function overwriteNumber(bytes: Buffer, random: Random): void {
  const width = random.pick([1, 2, 4] as const)
  const at = placeIn(bytes, random)
  if (at + width > bytes.length) return
  const value = random.pick(edges) % 2 ** (8 * width)
  if (random.chance(0.5)) bytes.writeUIntLE(value, at, width)
  else bytes.writeUIntBE(value, at, width)
}

function copyWithin(bytes: Buffer, random: Random): void {
  const from = placeIn(bytes, random)
  bytes.copy(bytes, placeIn(bytes, random), from, from + random.integer(1, 64))
}

function cutOut(bytes: Buffer, random: Random): Buffer {
  const from = placeIn(bytes, random)
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + random.integer(1, 300))])
}

/**
 * A damaged copy of a file: bytes changed, numbers set to the ends of their range, pieces repeated, cut out or cut off, or
 * another file's middle put in. The same key gives the same damage.
 */
export function mutate(whole: Buffer, key: string, others: readonly Buffer[]): Buffer {
  const random = createRandom(`mutate/${key}`)
  let bytes: Buffer = Buffer.from(whole)
  for (let changes = random.integer(1, 8); changes > 0 && bytes.length > 0; changes--) {
    const kind = random.next()
    if (kind < 0.3) bytes[placeIn(bytes, random)] = random.integer(0, 255)
    else if (kind < 0.75) overwriteNumber(bytes, random)
    else if (kind < 0.85) copyWithin(bytes, random)
    else if (kind < 0.92) bytes = cutOut(bytes, random)
    else if (kind < 0.97) bytes = bytes.subarray(0, random.integer(1, bytes.length))
    else {
      const other = random.pick(others)
      const from = placeIn(other, random)
      bytes = Buffer.concat([bytes.subarray(0, placeIn(bytes, random)), other.subarray(from, from + 2000), bytes])
    }
  }
  return bytes
}
