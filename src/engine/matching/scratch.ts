const kept = new Map<string, Float32Array>()

/**
 * Memory for one step of a computation, with anything in it; the next call for the same use gives the same memory. Pictures are
 * compared by the ten thousand, and new arrays for each kept the garbage collector busy and the memory of a thread high.
 */
export function scratch(use: string, length: number): Float32Array {
  const known = kept.get(use)
  if (known !== undefined && known.length >= length) return known.subarray(0, length)
  const made = new Float32Array(length)
  kept.set(use, made)
  return made
}
