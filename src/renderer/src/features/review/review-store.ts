import { attempt, callEngine, readSession, sendToSession } from '../../lib/engine.ts'
import type { GroupView, Thresholds } from '../../../../shared/contract/groups.ts'
import { dismissWords } from '../../lib/photo-words.ts'
import { describeProblem } from '../../lib/problem.ts'
import { createReducerStore } from '../../lib/reducer-store.ts'
import { spokenDecision, type ActionOutcome, type PhotoChange } from './group-actions.ts'
import { initialReview, reduceReview, type ReviewAction, type ReviewState } from './review-state.ts'

const store = createReducerStore(reduceReview, initialReview)

export function useReview<T>(select: (state: ReviewState) => T): T {
  return store((held) => select(held.state))
}

export function readReview(): ReviewState {
  return store.getState().state
}

export function sendToReview(action: ReviewAction): void {
  store.getState().send(action)
}

/** Reads the ordered list for the present query; an answer to a former one is dropped by the reducer. */
export async function readList(): Promise<void> {
  const { query } = readReview()
  await attempt('list the groups', async () => {
    const { groupIds } = await callEngine('review.list', query)
    sendToReview({ type: 'listed', query, groupIds })
  })
}

const pageSize = 60

/** Reads up to a page of the groups named. */
export async function readGroups(groupIds: string[]): Promise<void> {
  const { tier } = readReview().query
  const asked = groupIds.slice(0, pageSize)
  await attempt('read the groups', async () => {
    const { revision, groups } = await callEngine('review.groups', { tier, groupIds: asked })
    sendToReview({ type: 'groups-read', tier, asked, revision, groups })
  })
}

async function tellDecisions(changes: readonly PhotoChange[], way: 'before' | 'after'): Promise<void> {
  const decisions = changes.map((change) => ({ photoId: change.photoId, decision: spokenDecision(change[way]) }))
  sendToSession({ type: 'summary-read', summary: await callEngine('review.decide', { decisions }) })
}

/** Shows the outcome of an act at once and tells the engine; what the engine refuses is turned back and said. */
export async function decide(label: string, outcome: ActionOutcome): Promise<void> {
  if ('refused' in outcome) {
    const problem = { title: 'Kept', happened: outcome.refused, unharmed: null, advice: null }
    return sendToSession({ type: 'problem', problem })
  }
  const { changes } = outcome
  if (changes.length === 0) return
  sendToReview({ type: 'decided', label, changes })
  try {
    await tellDecisions(changes, 'after')
    sendToReview({ type: 'decisions-confirmed', changes })
  } catch (error) {
    sendToReview({ type: 'decisions-refused', changes })
    sendToSession({ type: 'problem', problem: describeProblem('save the decision', error, 'It was turned back.') })
  }
}

/** "Not duplicates", "not alike": the group leaves, and its photos are never shown with each other again. */
export async function dismiss(group: GroupView): Promise<void> {
  const label = dismissWords(group.tier)
  sendToReview({ type: 'dismissed', label, group })
  const done = await attempt(`save “${label.toLowerCase()}”`, async () => {
    const summary = await callEngine('review.dismiss', { tier: group.tier, groupId: group.id })
    sendToSession({ type: 'summary-read', summary })
  })
  if (!done) sendToReview({ type: 'dismissal-refused', groupId: group.id })
}

/** Takes back the last decision or dismissal. */
export async function undo(): Promise<void> {
  const step = readReview().undo.at(-1)
  if (step === undefined) return
  sendToReview({ type: 'undone' })
  await attempt('undo', async () => {
    if (step.kind === 'decisions') return tellDecisions(step.changes, 'before')
    const summary = await callEngine('review.undismiss', { photoIds: [...step.photoIds] })
    sendToSession({ type: 'summary-read', summary })
  })
}

let thresholdsWanted: Thresholds | null = null
let regrouping: Promise<void> | null = null

async function regroup(): Promise<void> {
  while (thresholdsWanted !== null) {
    const next: Thresholds = thresholdsWanted
    thresholdsWanted = null
    await attempt('move the threshold', async () => {
      const summary = await callEngine('review.setThresholds', next)
      sendToReview({ type: 'regrouped' })
      sendToSession({ type: 'summary-read', summary })
      await readList()
    })
  }
  regrouping = null
}

/**
 * Moves a threshold; while the engine regroups only the latest position waits.
 * @returns when the groups are those of the last position
 */
export function moveThresholds(thresholds: Thresholds): Promise<void> {
  thresholdsWanted = thresholds
  regrouping ??= regroup()
  return regrouping
}

/** Bytes and photos that the present decisions remove, over all tiers. */
export function removals(): { photos: number; bytes: number } {
  return readSession().summary?.removals ?? { photos: 0, bytes: 0 }
}
