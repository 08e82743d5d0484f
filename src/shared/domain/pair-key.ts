/** Room for content ids in one exact double: ids stay far below 2^26. */
const keyBase = 2 ** 26

/** The number that stands for an unordered pair of content ids. */
export function pairKey(a: number, b: number): number {
  return Math.min(a, b) * keyBase + Math.max(a, b)
}
