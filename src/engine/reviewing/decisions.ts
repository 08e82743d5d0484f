import type { Decision } from '../../shared/contract/groups.ts'
import { suggestKeep, type KeepCandidate, type KeepRule } from '../keeping/suggest.ts'
import { displayPath } from '../../shared/domain/file-path.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import { nameOf } from '../files/native-path.ts'
import type { PhotoGroup } from './group-builder.ts'

export interface Verdict {
  decision: Decision
  byPerson: boolean
  because: string
}

/** What a keep rule needs to know of a photo. */
export function keepCandidate(photo: PhotoRow, folderOrder: number, parts: number): KeepCandidate {
  return {
    id: photo.fileId,
    takenAt: photo.takenAt,
    utcOffset: photo.utcOffset,
    modifiedMs: Number(photo.stamp.modifiedNs / 1000n) / 1000,
    width: photo.width,
    height: photo.height,
    bytes: photo.stamp.bytes,
    folderOrder,
    path: displayPath(photo.path),
    truncated: photo.truncated,
    parts,
    format: photo.format,
  }
}

/**
 * Decides an exact group: the person's word stands; of the others one copy stays, unless the person already keeps one.
 * Photos on a drive that is away are never suggested for removal.
 */
export function decideExactGroup(
  group: PhotoGroup,
  person: ReadonlyMap<number, 'keep' | 'remove'>,
  candidateOf: (photo: PhotoRow) => KeepCandidate,
  rule: KeepRule,
): Map<number, Verdict> {
  const verdicts = new Map<number, Verdict>()
  const open = group.photos.filter((photo) => !person.has(photo.fileId) && !photo.offline)
  const keptByPerson = group.photos.find((photo) => person.get(photo.fileId) === 'keep')
  for (const photo of group.photos) {
    const said = person.get(photo.fileId)
    if (said !== undefined) verdicts.set(photo.fileId, { decision: said, byPerson: true, because: personsWord(said) })
    else if (photo.offline) {
      verdicts.set(photo.fileId, { decision: 'keep', byPerson: false, because: 'Kept: its drive is not connected.' })
    }
  }
  if (keptByPerson !== undefined) {
    const because = `Identical to ${nameOf(keptByPerson.path)}, which you keep.`
    for (const photo of open) verdicts.set(photo.fileId, { decision: 'remove', byPerson: false, because })
    return verdicts
  }
  if (open.length === 0) return verdicts
  const suggestion = suggestKeep(open.map(candidateOf), rule)
  for (const photo of open) {
    const decision = photo.fileId === suggestion.keep ? 'keep' : 'remove'
    verdicts.set(photo.fileId, { decision, byPerson: false, because: suggestion.because.get(photo.fileId) ?? '' })
  }
  return verdicts
}

/** Perceptual and AI groups are never decided unasked. */
export function undecided(): Verdict {
  return { decision: 'undecided', byPerson: false, because: '' }
}

export function personsWord(decision: 'keep' | 'remove'): string {
  return decision === 'keep' ? 'Kept: your choice.' : 'Removed: your choice.'
}
