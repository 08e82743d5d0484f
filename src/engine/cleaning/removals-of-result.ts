import { z } from 'zod'
import { Tier } from '../../shared/contract/groups.ts'
import type { FilePath } from '../../shared/domain/file-path.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { nameOf } from '../files/native-path.ts'
import { hashFile, statFile } from '../files/read.ts'
import { hexOf } from '../hex.ts'
import { planRemovals, type PlanGroup } from '../keeping/plan.ts'
import { suggestKeep, type KeepRule } from '../keeping/suggest.ts'
import { planUnits, type GoingPhoto } from './companions.ts'
import type { Removal, Survivor } from './removal.ts'

/** The part of `twinlens/scan-result@1` that a clean-up needs; what newer versions add is let through. */
const CleanableResult = z.object({
  schema: z.literal('twinlens/scan-result@1'),
  folders: z.array(z.string()).default([]),
  truncated: z.array(z.string()).default([]),
  groups: z.array(
    z.object({
      id: z.string(),
      tier: Tier,
      members: z.array(
        z.object({
          path: z.string(),
          bytes: z.number(),
          width: z.number().default(0),
          height: z.number().default(0),
          modifiedMs: z.number().nullable().default(null),
          contentHash: z
            .string()
            .regex(/^[0-9a-f]{32}$/)
            .nullable()
            .default(null),
          takenAt: z.string().nullable().default(null),
          parts: z.number().default(0),
        }),
      ),
    }),
  ),
})
type CleanableResult = z.infer<typeof CleanableResult>
type Group = CleanableResult['groups'][number]
type Member = Group['members'][number]

/**
 * What a rule would remove from the groups of a result file, and what belongs to it. Nothing is touched. Files that are gone
 * meanwhile are left out. `refused` are those that would have been the last of some group, whatever its tier; `incomplete` those
 * whose unit has a part that nothing else holds ([Note: Units]).
 * Throws `invalid-request` for a file that is not a scan result.
 */
export async function removalsOfResult(
  raw: unknown,
  tiers: readonly Tier[],
  rule: KeepRule,
): Promise<{ removals: Removal[]; refused: FilePath[]; incomplete: { path: FilePath; part: string }[] }> {
  const parsed = CleanableResult.safeParse(raw)
  if (!parsed.success) {
    throw new TwinlensError('invalid-request', `This is not a result of scan --json: ${z.prettifyError(parsed.error)}`)
  }
  const result = parsed.data
  const book = new MemberBook(result)
  const wanted = new Map<number, { group: Group; because: string }>()
  for (const group of result.groups.filter((each) => tiers.includes(each.tier))) {
    const suggestion = suggestKeep(
      group.members.map((member) => book.candidate(member)),
      rule,
    )
    for (const member of group.members) {
      const id = book.idOf(member.path)
      if (id === suggestion.keep || wanted.has(id)) continue
      wanted.set(id, { group, because: suggestion.because.get(id) ?? '' })
    }
  }
  const planGroups = await Promise.all(result.groups.map((group) => book.planGroup(group)))
  const plan = planRemovals(planGroups, new Set(wanted.keys()))
  const planned = new Set(plan.removals.map((removal) => removal.id))
  const { companions, incomplete } = await planUnits(
    goingPhotos(result, planned, book),
    (path) => book.member(book.idOf(path))?.takenAt ?? null,
  )
  const going = new Set([...planned].filter((id) => !incomplete.has(book.member(id)?.path ?? '')))
  const removals: Removal[] = []
  for (const id of going) {
    const [member, want] = [book.member(id), wanted.get(id)]
    const stamp = member === undefined ? null : await book.stamp(member.path)
    if (member === undefined || want === undefined || stamp === null) continue
    removals.push({
      path: member.path,
      name: nameOf(member.path),
      bytes: member.bytes,
      modifiedMs: member.modifiedMs,
      stamp,
      contentHash: member.contentHash ?? hexOf(await hashFile(member.path)),
      folder: book.folderOf(member.path),
      tier: want.group.tier,
      because: want.because,
      survivors: result.groups
        .filter((group) => group.members.some((each) => each.path === member.path))
        .map((group) => ({ groupId: group.id, tier: group.tier, photos: survivors(group, going, book) })),
      companions: companions.get(member.path) ?? [],
    })
  }
  return {
    removals,
    refused: plan.refused.flatMap(({ id }) => book.member(id)?.path ?? []),
    incomplete: [...incomplete].map(([path, part]) => ({ path, part })),
  }
}

function goingPhotos(result: CleanableResult, going: ReadonlySet<number>, book: MemberBook): GoingPhoto[] {
  const stay = new Map<FilePath, Set<FilePath>>()
  for (const group of result.groups) {
    const kept = survivors(group, going, book)
    for (const { path } of group.members) {
      const known = stay.get(path) ?? new Set()
      for (const survivor of kept) known.add(survivor.path)
      stay.set(path, known)
    }
  }
  return [...going].flatMap((id) => {
    const member = book.member(id)
    return member === undefined
      ? []
      : [{ path: member.path, takenAt: member.takenAt, survivors: [...(stay.get(member.path) ?? [])] }]
  })
}

function survivors(group: Group, going: ReadonlySet<number>, book: MemberBook): Survivor[] {
  return group.members
    .filter((member) => !going.has(book.idOf(member.path)))
    .map(({ path, bytes, contentHash }) => ({ path, bytes, contentHash }))
}

/** Members of all groups by path, with numbers to name them by. */
class MemberBook {
  readonly #ids = new Map<FilePath, number>()
  readonly #members: Member[] = []
  readonly #stamps = new Map<FilePath, ReturnType<typeof statFile>>()
  readonly #folders: string[]
  readonly #truncated: Set<string>

  constructor(result: CleanableResult) {
    this.#folders = result.folders
    this.#truncated = new Set(result.truncated)
    for (const group of result.groups) {
      for (const member of group.members) {
        if (this.#ids.has(member.path)) continue
        this.#ids.set(member.path, this.#members.length)
        this.#members.push(member)
      }
    }
  }

  idOf(path: FilePath): number {
    return this.#ids.get(path) ?? -1
  }

  member(id: number): Member | undefined {
    return this.#members[id]
  }

  /** What the file is now; null when it is gone. */
  stamp(path: FilePath): ReturnType<typeof statFile> {
    const known = this.#stamps.get(path)
    if (known !== undefined) return known
    const stamp = statFile(path).catch(() => null)
    this.#stamps.set(path, stamp)
    return stamp
  }

  folderOf(path: FilePath): FilePath {
    const below = this.#folders.filter((folder) => path.startsWith(folder)).sort((a, b) => b.length - a.length)
    return below[0] ?? path.slice(0, path.length - nameOf(path).length - 1)
  }

  candidate(member: Member) {
    const folder = this.#folders.findIndex((each) => member.path.startsWith(each))
    return {
      id: this.idOf(member.path),
      takenAt: member.takenAt,
      utcOffset: null,
      modifiedMs: member.modifiedMs ?? 0,
      width: member.width,
      height: member.height,
      bytes: member.bytes,
      folderOrder: folder < 0 ? this.#folders.length : folder,
      path: member.path,
      truncated: this.#truncated.has(member.path),
      parts: member.parts,
      format: 'jpeg' as const,
    }
  }

  async planGroup(group: Group): Promise<PlanGroup> {
    const members = await Promise.all(
      group.members.map(async (member) => {
        const stamp = await this.stamp(member.path)
        return {
          id: this.idOf(member.path),
          online: stamp !== null,
          truncated: this.#truncated.has(member.path),
          device: stamp?.device ?? 0n,
          inode: stamp?.inode ?? 0n,
          links: stamp?.links ?? 1,
          bytes: member.bytes,
        }
      }),
    )
    return { id: group.id, tier: group.tier, members }
  }
}
