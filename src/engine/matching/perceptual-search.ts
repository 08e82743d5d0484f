import { classifyHashes } from './hash-classes.ts'
import type { HashClasses } from './hash-classes.ts'
import { createLinkQuota } from './link-quota.ts'
import { hammingDistance, hashAt, invertOrientation, orientGradients } from './orientation.ts'
import { createPace } from './pace.ts'
import type { Pace } from './pace.ts'
import { createChunkTable, setChunks } from './parity-chunks.ts'
import { joinPerceptually } from './perceptual-join.ts'

/** Hashes of `count` photos, each 2 × count words, lower word first; see [Note: Perceptual signature]. */
export interface SignatureTable {
  count: number
  pHash: Uint32Array
  rowHash: Uint32Array
  columnHash: Uint32Array
}

/** Pairs of table indices, a < b, each pair once, in no particular but always the same order. */
export interface PerceptualPairs {
  count: number
  a: Uint32Array
  b: Uint32Array
  /** Least Hamming distance of the two pHashes over eight orientations, bits. */
  distance: Uint8Array
  /** The first orientation that gives it: how b must be turned to lie on a (index into `Orientation.options`). */
  orientation: Uint8Array
  /** Hamming distance of both dHashes together at that orientation, 0–128 bits: a second opinion. */
  gradientDistance: Uint8Array
}

export interface PerceptualSearchOptions {
  /** Bits, 0–10. */
  maxDistance: number
  /** By table index: 1 for photos that joined since the last search; pairs without one are left out. Null: all pairs. */
  isNew: Uint8Array | null
  signal: AbortSignal | undefined
  /** Told a share of the work, 0–1, rising. */
  onProgress?: (share: number) => void
}

export const largestDistance = 10

/**
 * Photos of one and the same hash are linked each with each up to this many; in a larger class each photo is linked to the
 * first one and to its neighbours in the order of dHashes, `neighboursInClass` on either side.
 */
const fullClass = 64
const neighboursInClass = 16
/** Two classes are linked each with each up to this many pairs; beyond that each photo to the other class's first. */
const fullProduct = 1024

/** Pairs in arrays that grow. */
class PairBuffer {
  count = 0
  #a = new Uint32Array(1024)
  #b = new Uint32Array(1024)
  #distance = new Uint8Array(1024)
  #orientation = new Uint8Array(1024)

  add(a: number, b: number, distance: number, orientation: number): void {
    if (this.count === this.#a.length) this.#grow()
    const at = this.count++
    this.#a[at] = Math.min(a, b)
    this.#b[at] = Math.max(a, b)
    this.#distance[at] = distance
    this.#orientation[at] = a < b ? orientation : invertOrientation(orientation)
  }

  #grow(): void {
    const words = (old: Uint32Array) => {
      const grown = new Uint32Array(2 * old.length)
      grown.set(old)
      return grown
    }
    const bytes = (old: Uint8Array) => {
      const grown = new Uint8Array(2 * old.length)
      grown.set(old)
      return grown
    }
    this.#a = words(this.#a)
    this.#b = words(this.#b)
    this.#distance = bytes(this.#distance)
    this.#orientation = bytes(this.#orientation)
  }

  finish(): Omit<PerceptualPairs, 'gradientDistance'> {
    const { count } = this
    return {
      count,
      a: this.#a.slice(0, count),
      b: this.#b.slice(0, count),
      distance: this.#distance.slice(0, count),
      orientation: this.#orientation.slice(0, count),
    }
  }
}

async function gradientDistances(
  table: SignatureTable,
  pairs: Omit<PerceptualPairs, 'gradientDistance'>,
  pace: Pace,
): Promise<Uint8Array> {
  const distances = new Uint8Array(pairs.count)
  for (let pair = 0; pair < pairs.count; pair++) {
    const a = pairs.a[pair]!
    const b = pairs.b[pair]!
    const turned = orientGradients(hashAt(table.rowHash, b), hashAt(table.columnHash, b), pairs.orientation[pair]!)
    distances[pair] =
      hammingDistance(hashAt(table.rowHash, a), turned.rowHash) +
      hammingDistance(hashAt(table.columnHash, a), turned.columnHash)
    if ((pair & 0x3fff) === 0 && pace.due()) await pace.rest()
  }
  return distances
}

interface Expansion {
  table: SignatureTable
  classes: HashClasses
  isNew: Uint8Array | null
  pairs: PairBuffer
}

function membersOf({ classes }: Expansion, index: number): Uint32Array {
  return classes.members.subarray(classes.start[index], classes.start[index + 1])
}

function addIfNew({ isNew, pairs }: Expansion, a: number, b: number, distance: number, orientation: number): void {
  if (!isNew || isNew[a] || isNew[b]) pairs.add(a, b, distance, orientation)
}

function linkEachWithEach(expansion: Expansion, members: Uint32Array): void {
  for (let first = 0; first < members.length; first++)
    for (let second = first + 1; second < members.length; second++)
      addIfNew(expansion, members[first]!, members[second]!, 0, 0)
}

function linkCrowd(expansion: Expansion, members: Uint32Array): void {
  const { rowHash, columnHash } = expansion.table
  const compareWords = (x: number, y: number) =>
    rowHash[2 * x]! - rowHash[2 * y]! ||
    rowHash[2 * x + 1]! - rowHash[2 * y + 1]! ||
    columnHash[2 * x]! - columnHash[2 * y]! ||
    columnHash[2 * x + 1]! - columnHash[2 * y + 1]! ||
    x - y
  const leader = members[0]!
  const ordered = members.slice().sort(compareWords)
  for (let at = 0; at < ordered.length; at++) {
    const own = ordered[at]!
    if (own !== leader) addIfNew(expansion, leader, own, 0, 0)
    const end = Math.min(ordered.length, at + neighboursInClass + 1)
    for (let next = at + 1; next < end; next++) {
      const other = ordered[next]!
      if (own !== leader && other !== leader) addIfNew(expansion, own, other, 0, 0)
    }
  }
}

function linkClasses(expansion: Expansion, a: number, b: number, distance: number, orientation: number): void {
  const membersOfA = membersOf(expansion, a)
  const membersOfB = membersOf(expansion, b)
  const full = membersOfA.length * membersOfB.length <= fullProduct
  for (const first of full ? membersOfA : membersOfA.subarray(0, 1))
    for (const second of membersOfB) addIfNew(expansion, first, second, distance, orientation)
  if (full) return
  for (const first of membersOfA.subarray(1)) addIfNew(expansion, first, membersOfB[0]!, distance, orientation)
}

async function linkWithinClasses(expansion: Expansion, pace: Pace): Promise<void> {
  const { count, start } = expansion.classes
  for (let index = 0; index < count; index++) {
    if (start[index + 1]! - start[index]! < 2) continue
    const members = membersOf(expansion, index)
    if (members.length > fullClass) linkCrowd(expansion, members)
    else linkEachWithEach(expansion, members)
    if (pace.due()) await pace.rest()
  }
}

/**
 * All pairs of photos whose pHashes lie within `maxDistance` bits in the best of eight orientations; equal to comparing each
 * with each, in about 14,000 comparisons a photo at 1,000,000 photos (see [Note: Perceptual join]). Only crowds are thinned:
 * hashes shared by more than 64 photos as said above, and hashes with more than 64 partners as in [Note: Crowds].
 *
 * Leaves the event loop a turn about every 20 ms. Throws `cancelled` once the signal is raised, RangeError on a distance
 * outside 0–10.
 */
export async function findPerceptualPairs(
  table: SignatureTable,
  options: PerceptualSearchOptions,
): Promise<PerceptualPairs> {
  const { maxDistance, signal, onProgress } = options
  if (!(maxDistance >= 0 && maxDistance <= largestDistance)) throw new RangeError(`No distance ${maxDistance}`)
  const pace = createPace(signal)
  const allNew = options.isNew?.subarray(0, table.count).every((flag) => flag !== 0) ?? true
  const isNew = allNew ? null : options.isNew
  const classes = await classifyHashes(table.pHash, table.count, pace)
  const expansion: Expansion = { table, classes, isNew, pairs: new PairBuffer() }
  await linkWithinClasses(expansion, pace)

  const chunks = createChunkTable(classes.count)
  const sizes = new Uint32Array(classes.count)
  const newClasses = isNew ? new Uint8Array(classes.count) : null
  for (let index = 0; index < classes.count; index++) {
    sizes[index] = classes.start[index + 1]! - classes.start[index]!
    setChunks(chunks, index, classes.words[2 * index]!, classes.words[2 * index + 1]!)
    if (isNew && newClasses && membersOf(expansion, index).some((member) => isNew[member] !== 0)) newClasses[index] = 1
    if ((index & 0x7fff) === 0 && pace.due()) await pace.rest()
  }
  await joinPerceptually(chunks, {
    maxDistance: Math.floor(maxDistance),
    isNew: newClasses,
    quota: createLinkQuota(classes.count, largestDistance + 1, sizes),
    pace,
    onProgress: onProgress ?? (() => undefined),
    onPair: (a, b, distance, orientation) => linkClasses(expansion, a, b, distance, orientation),
  })
  const pairs = expansion.pairs.finish()
  return { ...pairs, gradientDistance: await gradientDistances(table, pairs, pace) }
}
