import type { Tier } from '../../shared/contract/groups.ts'

/** A photo as the last-copy rule sees it. */
export interface PlanMember {
  id: number
  /** Its drive is connected and the file is there. */
  online: boolean
  /** Cut short: its picture is incomplete. */
  truncated: boolean
  /** Device and inode name the physical file; inode 0 where the file system has none. */
  device: bigint
  inode: bigint
  /** Number of names (hard links) of the physical file. */
  links: number
  bytes: number
}

export interface PlanGroup {
  id: string
  tier: Tier
  /** The best one to keep first: its reference photo, then by preference. */
  members: readonly PlanMember[]
}

export interface PlannedRemoval {
  id: number
  /** The first group that it leaves, and the photo kept for it there. */
  groupId: string
  tier: Tier
  keeps: number
}

/** `last-copy`: no other photo of the group would vouch for it (or it is in no group: then `groupId` is null). */
export interface Refusal {
  id: number
  code: 'last-copy' | 'offline'
  groupId: string | null
}

export interface RemovalPlan {
  /** By id, ascending. */
  removals: PlannedRemoval[]
  refused: Refusal[]
}

/** Names the directory entry behind each photo: photos of one name are one and the same file, reached twice. */
type EntryOf = (member: PlanMember) => string

/**
 * Two photos of one device and inode are one entry reached by two paths, unless the file has at least as many names (hard
 * links) as photos are known of it: then each photo is a name of its own, and the file lives on with any of them.
 */
function nameEntries(members: Iterable<PlanMember>): EntryOf {
  const inodeOf = ({ device, inode }: PlanMember) => `${device}:${inode}`
  const known = new Map<string, number>()
  for (const member of members) known.set(inodeOf(member), (known.get(inodeOf(member)) ?? 0) + 1)
  return (member) => {
    const ownName = member.inode === 0n || member.links >= Math.max(2, known.get(inodeOf(member)) ?? 0)
    return ownName ? `photo ${member.id}` : inodeOf(member)
  }
}

/** Whether one photo may stay in the place of another: it is there, and whole unless the other is cut short as well. */
function vouches(survivor: PlanMember, item: PlanMember): boolean {
  return survivor.online && (item.truncated || !survivor.truncated)
}

/** What is going, by directory entry: a file goes by whatever path, so all paths to it go or stay together. */
class Removals {
  readonly #entryOf: EntryOf
  readonly #going = new Set<number>()
  readonly #entriesGoing = new Map<string, number>()

  constructor(entryOf: EntryOf) {
    this.#entryOf = entryOf
  }

  add(member: PlanMember): void {
    if (this.#going.has(member.id)) return
    this.#going.add(member.id)
    const entry = this.#entryOf(member)
    this.#entriesGoing.set(entry, (this.#entriesGoing.get(entry) ?? 0) + 1)
  }

  delete(member: PlanMember): void {
    if (!this.#going.delete(member.id)) return
    const entry = this.#entryOf(member)
    this.#entriesGoing.set(entry, (this.#entriesGoing.get(entry) ?? 1) - 1)
  }

  has(id: number): boolean {
    return this.#going.has(id)
  }

  /** The members that do not go, by whatever path. */
  survivors(group: PlanGroup): PlanMember[] {
    return group.members.filter((member) => !this.has(member.id) && !this.#entriesGoing.get(this.#entryOf(member)))
  }

  /** The first member of the group that goes and is not vouched for. */
  unvouched(group: PlanGroup): PlanMember | undefined {
    const there = this.survivors(group).filter(({ online }) => online)
    const whole = there.some(({ truncated }) => !truncated)
    if (whole) return undefined
    return group.members.find((member) => this.has(member.id) && !(there.length > 0 && member.truncated))
  }
}

interface Library {
  groups: readonly PlanGroup[]
  members: ReadonlyMap<number, PlanMember>
  entryOf: EntryOf
  /** By entry. */
  groupsOf: ReadonlyMap<string, readonly PlanGroup[]>
  pathsTo: ReadonlyMap<string, readonly PlanMember[]>
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else if (list.at(-1) !== value) list.push(value)
}

function readGroups(groups: readonly PlanGroup[]): Library {
  const members = new Map(groups.flatMap((group) => group.members.map((member) => [member.id, member] as const)))
  const entryOf = nameEntries(members.values())
  const groupsOf = new Map<string, PlanGroup[]>()
  const pathsTo = new Map<string, PlanMember[]>()
  for (const member of members.values()) append(pathsTo, entryOf(member), member)
  for (const group of groups) for (const member of group.members) append(groupsOf, entryOf(member), group)
  return { groups, members, entryOf, groupsOf, pathsTo }
}

/**
 * The photo of a group to spare: one that vouches for the unvouched one or is it; the one that helps most groups that are
 * short of a survivor, then the first in the group.
 */
function chooseSpared(group: PlanGroup, item: PlanMember, removals: Removals, library: Library): PlanMember {
  const lacking = new Map<PlanGroup, boolean>()
  const lacks = (each: PlanGroup) => {
    const known = lacking.get(each) ?? removals.unvouched(each) !== undefined
    lacking.set(each, known)
    return known
  }
  let chosen = item
  let most = -1
  for (const member of group.members) {
    if (!removals.has(member.id) || (member.id !== item.id && !vouches(member, item))) continue
    const helped = (library.groupsOf.get(library.entryOf(member)) ?? []).filter(lacks).length
    if (helped > most) {
      chosen = member
      most = helped
    }
  }
  return chosen
}

function refuseLastCopies(library: Library, removals: Removals): Refusal[] {
  const refused: { paths: readonly PlanMember[]; groupId: string }[] = []
  const settle = (first: PlanGroup) => {
    // Sparing a file only ever adds survivors, so a group once settled stays so and the loop ends.
    for (let item = removals.unvouched(first); item; item = removals.unvouched(first)) {
      const spared = chooseSpared(first, item, removals, library)
      const paths = (library.pathsTo.get(library.entryOf(spared)) ?? []).filter(({ id }) => removals.has(id))
      for (const path of paths) removals.delete(path)
      refused.push({ paths, groupId: first.id })
    }
  }
  for (const group of library.groups) settle(group)
  // A photo spared early may have become needless through one spared later.
  return refused.flatMap(({ paths, groupId }) => {
    for (const path of paths) removals.add(path)
    const touched = paths.flatMap((path) => library.groupsOf.get(library.entryOf(path)) ?? [])
    if (!touched.some((group) => removals.unvouched(group))) return []
    for (const path of paths) removals.delete(path)
    return paths.map(({ id }): Refusal => ({ id, code: 'last-copy', groupId }))
  })
}

/**
 * [Note: Last copy]
 *
 * Which of the wanted photos may go so that after all of it every group that loses a photo, in whatever tier, still has one
 * that vouches for each photo lost: it is not removed itself, nor by another path; its file is there; it is whole (unless
 * the lost one was cut short too). Two paths to one file (a folder reached twice) never vouch for each other; two hard
 * links do. Offline photos neither go nor vouch. A photo in no group has no copy and stays.
 *
 * Where a group would lose its last one, the fewest photos are refused that a greedy choice finds: the photo that helps
 * most groups first, then the one that comes first in its group. No refusal is needless: any one refused photo, removed as
 * well, would break the rule. The outcome depends on the order of groups and members only where that is a free choice.
 *
 * @param groups of all tiers, those that are not cleaned up as well
 * @param wanted ids of the photos that the person or a rule wants removed
 */
export function planRemovals(groups: readonly PlanGroup[], wanted: ReadonlySet<number>): RemovalPlan {
  const library = readGroups(groups)
  const removals = new Removals(library.entryOf)
  const refused: Refusal[] = []
  for (const id of [...wanted].sort((x, y) => x - y)) {
    const member = library.members.get(id)
    if (member === undefined) refused.push({ id, code: 'last-copy', groupId: null })
    else if (!member.online) refused.push({ id, code: 'offline', groupId: null })
    else removals.add(member)
  }
  refused.push(...refuseLastCopies(library, removals))
  const planned = new Map<number, PlannedRemoval>()
  for (const group of groups) {
    const survivors = removals.survivors(group)
    for (const member of group.members) {
      if (!removals.has(member.id) || planned.has(member.id)) continue
      const keeps = survivors.find((survivor) => vouches(survivor, member))
      if (keeps) planned.set(member.id, { id: member.id, groupId: group.id, tier: group.tier, keeps: keeps.id })
    }
  }
  return { removals: [...planned.values()].sort((x, y) => x.id - y.id), refused }
}
