import type { ImageFormat } from '../../shared/contract/photo.ts'
import { chainOf } from './criteria.ts'
import type { Criterion } from './criteria.ts'

/** Which photo of a group stays: the oldest, the largest, or the one in the first folder. */
export type KeepRule = 'oldest' | 'largest' | 'first-folder'

/** What a keep rule looks at. */
export interface KeepCandidate {
  id: number
  /** Local capture time, `YYYY-MM-DDTHH:mm:ss[.sss]`, and its offset from UTC, `+02:00`; null where the file has none. */
  takenAt: string | null
  utcOffset: string | null
  /** Milliseconds since 1970. */
  modifiedMs: number
  /** Pixels. */
  width: number
  height: number
  bytes: number
  /** Place of its folder in the person's list, 0 first. */
  folderOrder: number
  /** For display. */
  path: string
  /** Cut short: its picture is incomplete. */
  truncated: boolean
  /** Pictures and videos that belong to it ([Note: Units]). */
  parts: number
  format: ImageFormat
}

export interface KeepSuggestion {
  /** Id of the photo to keep. */
  keep: number
  /** By id: one sentence for each photo, true of the criterion that decided between it and the kept one. */
  because: Map<number, string>
}

function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

/** The file name where it tells the photo from the others of its group, else the whole path. */
function titles(members: readonly KeepCandidate[]): Map<number, string> {
  const uses = new Map<string, number>()
  for (const { path } of members) uses.set(fileName(path), (uses.get(fileName(path)) ?? 0) + 1)
  return new Map(
    members.map(({ id, path }) => [id, (uses.get(fileName(path)) ?? 0) > 1 ? path : fileName(path)] as const),
  )
}

/** The criterion that tells the first photo from the second. */
function decisive(chain: readonly Criterion[], better: KeepCandidate, worse: KeepCandidate): Criterion | undefined {
  return chain.find((criterion) => criterion.compare(better, worse) !== 0)
}

/**
 * Which photo of a group to keep, and one plain sentence for each. A file cut short is never preferred to a whole one, nor a bare
 * photo to one with its video, raw file or JPEG beside it (which could not go); then the rule's criteria in order:
 *
 * * `oldest`: capture time (a known one before none), file time, folder order, shorter path, natural path order;
 * * `largest`: pixels, bytes, then as `oldest`;
 * * `first-folder`: folder order, then as `oldest`.
 *
 * Capture times count as moments where every photo that has one knows its offset from UTC, else as local times. The outcome
 * does not depend on the order of the members. Throws RangeError for an empty group.
 */
export function suggestKeep(members: readonly KeepCandidate[], rule: KeepRule): KeepSuggestion {
  const chain = chainOf(rule, members)
  const compare = (a: KeepCandidate, b: KeepCandidate) => {
    for (const criterion of chain) {
      const order = criterion.compare(a, b)
      if (order !== 0) return order
    }
    return a.id - b.id
  }
  const [kept, ...others] = members.toSorted(compare)
  if (kept === undefined) throw new RangeError('A group without photos')
  const keptName = titles(members).get(kept.id) ?? ''
  const why = (other: KeepCandidate) => decisive(chain, kept, other)?.say(kept, other) ?? 'one of them has to stay'
  const because = new Map<number, string>()
  // In a lexicographic order the second best photo is the one that the most criteria could not tell from the best.
  const [closest] = others
  because.set(kept.id, `Kept: ${closest ? why(closest) : 'the only photo here'}.`)
  for (const other of others) because.set(other.id, `Copy of ${keptName}, which stays: ${why(other)}.`)
  return { keep: kept.id, because }
}
