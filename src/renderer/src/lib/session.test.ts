import { describe, expect, test } from 'vitest'
import type { ReviewSummary } from '../../../shared/contract/groups.ts'
import type { ScanProgress } from '../../../shared/contract/scan.ts'
import { initialSession, isScanning, reduceSession, type Session, type SessionAction } from './session.ts'

const run = (actions: SessionAction[], from: Session = initialSession): Session => actions.reduce(reduceSession, from)

const summary = (revision: number): ReviewSummary => ({
  revision,
  tiers: [],
  thresholds: { perceptualDistance: 6, similarity: 0.9 },
  similarityFloor: 0.8,
  searchRecall: null,
  removals: { photos: 0, bytes: 0 },
  dismissedPairs: 0,
  similarPairs: 0,
})
const analysing: ScanProgress = {
  phase: 'analysing',
  found: 10,
  read: 5,
  reused: 0,
  embedded: 4,
  matched: 3,
  unreadable: 0,
  groups: 1,
  imagesPerSecond: 2,
  secondsLeft: null,
  backend: null,
  outage: null,
}

describe('what the page knows of the engine', () => {
  test('the first engine is no news; the next one is said calmly and ends what the old one was doing', () => {
    const first = run([{ type: 'connected' }, { type: 'engine-event', event: { type: 'scan', progress: analysing } }])
    expect(first.notices).toEqual([])
    expect(isScanning(first.scan)).toBe(true)
    const second = run([{ type: 'connected' }, { type: 'connected' }], first)
    expect(second.generation).toBe(3)
    expect(second.scan).toBeNull()
    expect(second.notices.map((notice) => notice.kind)).toEqual(['restarted'])
  })

  test('a late reply never replaces a newer summary, but a new engine starts anew', () => {
    const state = run([
      { type: 'connected' },
      { type: 'engine-event', event: { type: 'groups-changed', summary: summary(8) } },
      { type: 'summary-read', summary: summary(7) },
    ])
    expect(state.summary?.revision).toBe(8)
    const restarted = run([{ type: 'connected' }, { type: 'summary-read', summary: summary(1) }], state)
    expect(restarted.summary?.revision).toBe(1)
  })

  test('problems pile up to three, each dismissed by itself', () => {
    const problem = (title: string): SessionAction => ({
      type: 'problem',
      problem: { title, happened: '', unharmed: null, advice: null },
    })
    const state = run(['a', 'b', 'c', 'd'].map(problem))
    expect(state.notices.map((n) => (n.kind === 'problem' ? n.problem.title : ''))).toEqual(['b', 'c', 'd'])
    expect(run([problem('d')], state).notices).toHaveLength(3)
    const middle = state.notices[1]?.id ?? -1
    expect(run([{ type: 'notice-dismissed', id: middle }], state).notices).toHaveLength(2)
  })

  test('a running scan is never dismissed from view', () => {
    const state = run([{ type: 'engine-event', event: { type: 'scan', progress: analysing } }])
    expect(run([{ type: 'scan-dismissed' }], state).scan).toEqual(analysing)
  })
})
