/** Room for content ids in one exact double: ids stay far below 2^26. */
const keyBase = 2 ** 26

/** The number that stands for an unordered pair of content ids. */
export function pairKey(a: number, b: number): number {
  return Math.min(a, b) * keyBase + Math.max(a, b)
}

/** The lower id of a pair. */
export function firstOfPair(key: number): number {
  return Math.floor(key / keyBase)
}

/** The higher id of a pair. */
export function secondOfPair(key: number): number {
  return key % keyBase
}
