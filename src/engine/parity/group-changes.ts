import type { BackendParity } from '../../shared/contract/parity.ts'

type GroupChanges = Pick<NonNullable<BackendParity['groups']>, 'same' | 'split' | 'merged' | 'vanished' | 'appeared'>

/**
 * How one grouping of photos turns into another one, by membership. Same: the same members. Vanished: no two members of a
 * reference group stand together any more. Split: some do, but not all. Appeared: no two members of a candidate group stood
 * together before. Merged: some did, and others have joined them. A group may be both split and part of a merged one.
 *
 * @param reference groups as lists of names, each name in one group at most
 * @param candidate the same for what it is compared with
 * @returns split and vanished as the reference's groups, merged and appeared as the candidate's
 */
export function compareGroups(
  reference: readonly (readonly string[])[],
  candidate: readonly (readonly string[])[],
): GroupChanges {
  const changes: GroupChanges = { same: 0, split: [], merged: [], vanished: [], appeared: [] }
  for (const group of reference) {
    const kept = largestPart(group, candidate)
    if (kept.members === group.length && kept.of === group.length) changes.same++
    else if (kept.members < 2) changes.vanished.push([...group])
    else if (kept.members < group.length) changes.split.push([...group])
  }
  for (const group of candidate) {
    const before = largestPart(group, reference)
    if (before.members < 2) changes.appeared.push([...group])
    else if (before.members < group.length) changes.merged.push([...group])
  }
  return changes
}

/** The most members of a group that stand together in one of the others, and how many that one has. */
function largestPart(
  group: readonly string[],
  others: readonly (readonly string[])[],
): { members: number; of: number } {
  const inGroup = new Set(group)
  let best = { members: 0, of: 0 }
  for (const other of others) {
    const members = other.filter((name) => inGroup.has(name)).length
    if (members > best.members) best = { members, of: other.length }
  }
  return best
}
