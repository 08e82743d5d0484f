import type { GroupFilter, GroupPhoto, GroupView, LinkEvidence } from '../../shared/contract/groups.ts'
import { displayPath, type FilePath } from '../../shared/domain/file-path.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import { nameOf } from '../files/native-path.ts'
import type { Verdict } from './decisions.ts'
import type { PhotoGroup } from './group-builder.ts'
import type { SimilarPair } from './similar-pairs.ts'

/** What showing a group needs to know of the review that it belongs to. */
export interface ReviewKnowledge {
  referenceOf(group: PhotoGroup): PhotoRow
  verdict(photoId: number): Verdict
  evidence(group: PhotoGroup, photo: PhotoRow): LinkEvidence
  /** The photo's folder from the library folder's name down: "Pictures/2019/Lisbon". */
  shownFolder(photo: PhotoRow): FilePath
}

export function isDecided(review: ReviewKnowledge, group: PhotoGroup): boolean {
  return group.photos.every((photo) => review.verdict(photo.fileId).decision !== 'undecided')
}

/** Whether no other tier finds any pair of this AI group. */
export function isNewFind(review: ReviewKnowledge, group: PhotoGroup): boolean {
  return group.tier === 'ai' && group.photos.slice(1).every((photo) => review.evidence(group, photo).tier === 'ai')
}

export function passes(review: ReviewKnowledge, group: PhotoGroup, filter: GroupFilter): boolean {
  if (filter === 'all') return true
  if (filter === 'new-finds') return group.tier !== 'ai' || isNewFind(review, group)
  return isDecided(review, group) === (filter === 'decided')
}

/** A group as the page shows it: the photo that it is shown from comes first. */
export function viewGroup(review: ReviewKnowledge, group: PhotoGroup): GroupView {
  const reference = review.referenceOf(group)
  const others = group.photos.filter((photo) => photo !== reference)
  const photos = [reference, ...others].map((photo) =>
    viewPhoto(review, photo, photo === reference ? null : review.evidence(group, photo)),
  )
  return {
    id: group.id,
    tier: group.tier,
    photos,
    newFind: isNewFind(review, group),
    freesBytes: photos.reduce((sum, photo) => sum + (photo.decision === 'remove' ? photo.bytes : 0), 0),
    decided: isDecided(review, group),
  }
}

/** A pair that looks alike, in the shape of a group. */
export function viewSimilarPair(review: ReviewKnowledge, pair: SimilarPair): GroupView {
  const photos = [viewPhoto(review, pair.photos[0], null), viewPhoto(review, pair.photos[1], pair.link)]
  return {
    id: pair.id,
    tier: 'similar',
    photos: photos.map((photo) => ({ ...photo, reference: false })),
    newFind: false,
    freesBytes: photos.reduce((sum, photo) => sum + (photo.decision === 'remove' ? photo.bytes : 0), 0),
    decided: isDecided(review, pair),
  }
}

/** @param link evidence towards the reference photo; null for the reference itself */
function viewPhoto(review: ReviewKnowledge, photo: PhotoRow, link: LinkEvidence | null): GroupPhoto {
  const verdict = review.verdict(photo.fileId)
  return {
    id: photo.fileId,
    name: displayPath(nameOf(photo.path)),
    folder: displayPath(review.shownFolder(photo)),
    bytes: photo.stamp.bytes,
    width: photo.width,
    height: photo.height,
    format: photo.format,
    takenAt: photo.takenAt,
    modifiedMs: Number(photo.stamp.modifiedNs / 1_000_000n),
    truncated: photo.truncated,
    offline: photo.offline,
    reference: link === null,
    decision: verdict.decision,
    decidedByPerson: verdict.byPerson,
    because: verdict.because,
    link,
  }
}
