import { firstAtLeast } from './first-at-least.ts'
import { createPace } from './pace.ts'
import { sharedCorners } from './thresholds.ts'

/**
 * [Note: Corners in common]
 *
 * A model forgets what a crop left out and what a screen put around a photo; corners do not. Each scout votes, by 32 of its 256
 * comparisons at a time, for the photos that have one with the same 32 (locality-sensitive hashing by bit sampling, Indyk and Motwani 1998),
 * with a weight that falls with the number of photos that have it: a window of a facade is everywhere. The photos with
 * most votes are candidates; a look decides. Mirrored photos are found by the exchanged halves of a description (see [Note: Key
 * points]). A library's votes cost a sorted list of eight bytes a scout and table.
 */
export interface CornerSearch {
  /** Photos, each a row. */
  count: number
  /** Descriptions of a row's scouts, 8 words each; read twice a row. */
  descriptorsOf(row: number): Uint32Array
  /** By row: 1 for those that joined since the last search. Each of them brings its own best partners. */
  isNew: Uint8Array
  signal: AbortSignal
}

const ownerBits = 21
/** Rows beyond which the lists would not fit; there the model alone names candidates. */
const mostRows = 2 ** ownerBits
const wordsOfDescription = 8

// Table t asks for word t of a description: its 32 comparisons were drawn at random as any others.

/** How much further the word lies that has the same comparisons of the mirror image. */
const toMirrored = wordsOfDescription / 2

/** All scouts of a table: key and row in one number, sorted. */
type Table = Float64Array

async function openTables({ count, descriptorsOf, signal }: CornerSearch): Promise<Table[]> {
  const pace = createPace(signal)
  const { tables: tableCount, scouts } = sharedCorners
  const keys = Array.from({ length: tableCount }, () => new Float64Array(count * scouts))
  let total = 0
  for (let row = 0; row < count; row++) {
    const descriptors = descriptorsOf(row)
    const end = Math.min(scouts * wordsOfDescription, descriptors.length)
    for (let at = 0; at < end; at += wordsOfDescription, total++) {
      for (let table = 0; table < tableCount; table++) keys[table]![total] = descriptors[at + table]! * mostRows + row
    }
    if (pace.due()) await pace.rest()
  }
  const tables: Table[] = []
  for (const list of keys) {
    tables.push(list.subarray(0, total).sort())
    await pace.rest()
  }
  return tables
}

/** Votes of one scout for all rows that have its key, unless that are too many. */
function vote(table: Table, key: number, weights: Float32Array, touched: number[]): void {
  const from = firstAtLeast(table, key * mostRows)
  let end = from
  const limit = (key + 1) * mostRows
  while (end < table.length && table[end]! < limit) if (++end - from > sharedCorners.mostOfOneKey) return
  const weight = 1 / (1 + end - from)
  for (let at = from; at < end; at++) {
    const row = table[at]! % mostRows
    if (weights[row] === 0) touched.push(row)
    weights[row]! += weight
  }
}

/**
 * Pairs of rows that have most corners in common: the best partners of each new row, a < b, each pair once. Some 0.5 ms a row.
 * None in libraries of more than two million photos. Throws `cancelled`.
 */
export async function findByCorners(search: CornerSearch): Promise<{ a: number; b: number }[]> {
  const { count, descriptorsOf, isNew, signal } = search
  if (count > mostRows) return []
  const tables = await openTables(search)
  const pace = createPace(signal)
  const weights = new Float32Array(count)
  const pairs = new Map<number, { a: number; b: number }>()
  for (let row = 0; row < count; row++) {
    if (isNew[row] !== 1) continue
    const descriptors = descriptorsOf(row)
    const touched: number[] = []
    const end = Math.min(sharedCorners.scouts * wordsOfDescription, descriptors.length)
    for (let at = 0; at < end; at += wordsOfDescription) {
      for (const [word, table] of tables.entries()) {
        vote(table, descriptors[at + word]!, weights, touched)
        vote(table, descriptors[at + word + toMirrored]!, weights, touched)
      }
    }
    weights[row] = 0
    for (const partner of bestOf(touched, weights)) {
      const [a, b] = [Math.min(row, partner), Math.max(row, partner)]
      pairs.set(a * count + b, { a, b })
    }
    for (const each of touched) weights[each] = 0
    if (pace.due()) await pace.rest()
  }
  return [...pairs.values()]
}

function bestOf(rows: readonly number[], weights: Float32Array): number[] {
  const best: number[] = []
  for (const row of rows) {
    const weight = weights[row]!
    if (weight === 0 || best.includes(row)) continue
    if (best.length === sharedCorners.partners && weight <= weights[best.at(-1)!]!) continue
    const at = best.findIndex((other) => weights[other]! < weight)
    best.splice(at < 0 ? best.length : at, 0, row)
    if (best.length > sharedCorners.partners) best.pop()
  }
  return best
}
