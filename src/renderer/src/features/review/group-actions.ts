import type { Decision, GroupPhoto, GroupView } from '../../../../shared/contract/groups.ts'

/** What a photo was set to, and by whom; a rule's choice can return by itself, a person's must be said again. */
interface Standing {
  decision: Decision
  decidedByPerson: boolean
}

export interface PhotoChange {
  photoId: number
  before: Standing
  after: Standing
}

/** What one act of the person changes, or the sentence why it is not done. */
export type ActionOutcome = { changes: PhotoChange[] } | { refused: string }

export const lastCopyRefusal = 'One photo of each group always stays. Keep another one first.'
const lastOfPairRefusal = 'Of two photos that look alike one always stays. Keep the other one first.'

/** What the engine is told: `undecided` gives a photo back to the rules. */
export function spokenDecision(standing: Standing): Decision {
  return standing.decidedByPerson ? standing.decision : 'undecided'
}

function change(photo: GroupPhoto, decision: Decision, decidedByPerson = true): PhotoChange | null {
  if (photo.decision === decision && photo.decidedByPerson === decidedByPerson) return null
  return {
    photoId: photo.id,
    before: { decision: photo.decision, decidedByPerson: photo.decidedByPerson },
    after: { decision, decidedByPerson },
  }
}

function decideEach(group: GroupView, decide: (photo: GroupPhoto, index: number) => Decision): ActionOutcome {
  const changes = group.photos.map((photo, index) => change(photo, decide(photo, index)))
  return { changes: changes.filter((entry) => entry !== null) }
}

/** Keep becomes remove, anything else but undecided becomes keep; undecided becomes remove. Never the last photo. */
export function togglePhoto(group: GroupView, index: number): ActionOutcome {
  const photo = group.photos[index]
  if (photo === undefined) return { changes: [] }
  const next: Decision = photo.decision === 'remove' ? 'keep' : 'remove'
  const othersStay = group.photos.some((other) => other.id !== photo.id && other.decision !== 'remove')
  if (next === 'remove' && !othersStay)
    return { refused: group.tier === 'similar' ? lastOfPairRefusal : lastCopyRefusal }
  return { changes: [change(photo, next)].filter((entry) => entry !== null) }
}

export function keepAll(group: GroupView): ActionOutcome {
  return decideEach(group, () => 'keep')
}

export function keepOnly(group: GroupView, index: number): ActionOutcome {
  if (group.photos[index] === undefined) return { changes: [] }
  return decideEach(group, (_, at) => (at === index ? 'keep' : 'remove'))
}

/**
 * The suggestion keeps the reference photo. Identical files have a rule of their own, so the person's choices are taken back
 * and the rule's stand again; in the other tiers the person takes the suggestion as their own choice. Of photos that only
 * look alike nothing is ever suggested.
 */
export function applySuggestion(group: GroupView): ActionOutcome {
  if (group.tier === 'similar') return { changes: [] }
  if (group.tier !== 'exact') return decideEach(group, (photo) => (photo.reference ? 'keep' : 'remove'))
  const changes = group.photos.map((photo) => change(photo, photo.reference ? 'keep' : 'remove', false))
  return { changes: changes.filter((entry) => entry !== null) }
}

/** The group with some photos decided anew, and the sums that follow from it. */
export function withStandings(group: GroupView, standings: ReadonlyMap<number, Standing>): GroupView {
  if (!group.photos.some((photo) => standings.has(photo.id))) return group
  const photos = group.photos.map((photo) => ({ ...photo, ...standings.get(photo.id) }))
  const removed = photos.filter((photo) => photo.decision === 'remove')
  return {
    ...group,
    photos,
    freesBytes: removed.reduce((sum, photo) => sum + photo.bytes, 0),
    decided: photos.every((photo) => photo.decision !== 'undecided'),
  }
}
