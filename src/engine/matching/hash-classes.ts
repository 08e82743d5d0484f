import type { Pace } from './pace.ts'

/** Table entries sorted into classes of equal hash. Classes are numbered by first occurrence. */
export interface HashClasses {
  count: number
  /** By class: the words of the hash, lower word first. */
  words: Uint32Array
  /** Members of class c are `members[start[c]] … members[start[c + 1] − 1]`, ascending. */
  start: Uint32Array
  members: Uint32Array
}

const sliceOfEntries = 32_768

/** Finaliser of MurmurHash3 (Appleby, public domain), over both words. */
function scramble(lo: number, hi: number): number {
  let mixed = lo ^ Math.imul(hi, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/**
 * @param words 2 × count words, lower word first
 */
export async function classifyHashes(words: Uint32Array, count: number, pace: Pace): Promise<HashClasses> {
  let capacity = 16
  while (capacity < 2 * count) capacity *= 2
  const slots = new Int32Array(capacity).fill(-1)
  const classOf = new Uint32Array(count)
  const classWords = new Uint32Array(2 * count)
  let classes = 0
  for (let from = 0; from < count; from += sliceOfEntries) {
    const to = Math.min(count, from + sliceOfEntries)
    for (let entry = from; entry < to; entry++) {
      const lo = words[2 * entry]!
      const hi = words[2 * entry + 1]!
      let slot = scramble(lo, hi) & (capacity - 1)
      let found = slots[slot]!
      while (found >= 0 && (classWords[2 * found] !== lo || classWords[2 * found + 1] !== hi)) {
        slot = (slot + 1) & (capacity - 1)
        found = slots[slot]!
      }
      if (found < 0) {
        found = classes++
        slots[slot] = found
        classWords[2 * found] = lo
        classWords[2 * found + 1] = hi
      }
      classOf[entry] = found
    }
    if (pace.due()) await pace.rest()
  }
  const start = new Uint32Array(classes + 1)
  for (let entry = 0; entry < count; entry++) start[classOf[entry]! + 1]!++
  for (let at = 1; at <= classes; at++) start[at]! += start[at - 1]!
  const next = start.slice(0, classes)
  const members = new Uint32Array(count)
  for (let entry = 0; entry < count; entry++) members[next[classOf[entry]!]!++] = entry
  return { count: classes, words: classWords.slice(0, 2 * classes), start, members }
}
