import { describe, expect, test } from 'vitest'
import type { CleanUpPlan, PlanItem } from '../../../../shared/contract/clean-up.ts'
import {
  applySentence,
  companionWords,
  initialCleanUp,
  planRows,
  reduceCleanUp,
  type CleanUpAction,
  type CleanUpState,
} from './clean-up-state.ts'

const item = (photoId: number, changes: Partial<PlanItem> = {}): PlanItem => ({
  photoId,
  name: `${photoId}.jpg`,
  folder: 'Photos',
  bytes: 1_000_000,
  tier: 'exact',
  because: '',
  keeps: 'kept.jpg',
  companions: [],
  ...changes,
})
const planOf = (items: PlanItem[]): CleanUpPlan => ({
  id: 'plan',
  destination: { kind: 'trash' },
  items,
  files: items.length,
  companions: items.reduce((sum, entry) => sum + entry.companions.length, 0),
  bytes: items.reduce((sum, entry) => sum + entry.bytes, 0),
  warnings: [],
})
const run = (state: CleanUpState, ...actions: CleanUpAction[]): CleanUpState => actions.reduce(reduceCleanUp, state)
const planned = (plan: CleanUpPlan, state = initialCleanUp): CleanUpState =>
  run(state, { type: 'planned', choice: state.choice, plan })

describe('the way from plan to report', () => {
  test('nothing is applied without the confirmation that says what happens', () => {
    const ready = planned(planOf([item(1)]))
    expect(run(ready, { type: 'applied' }).stage.name).toBe('planned')
    const confirmed = run(ready, { type: 'confirm-toggled', open: true }, { type: 'applied' })
    expect(confirmed.stage.name).toBe('applying')
  })

  test('an empty plan cannot be confirmed', () => {
    const ready = run(planned(planOf([])), { type: 'confirm-toggled', open: true }, { type: 'applied' })
    expect(ready.stage).toMatchObject({ name: 'planned', confirming: false })
  })

  test('a changed choice makes a new plan; an answer to the former choice is not shown', () => {
    const former = initialCleanUp.choice
    const changed = run(planned(planOf([item(1)])), { type: 'tier-switched', tier: 'ai', on: false })
    expect(changed.stage.name).toBe('planning')
    expect(changed.choice.tiers).toEqual(['exact', 'perceptual'])
    expect(run(changed, { type: 'planned', choice: former, plan: planOf([item(1)]) }).stage.name).toBe('planning')
  })

  test('while files are being moved neither choices nor a new visit disturb it', () => {
    const working = run(planned(planOf([item(1)])), { type: 'confirm-toggled', open: true }, { type: 'applied' })
    const disturbed = run(
      working,
      { type: 'opened' },
      { type: 'destination-chosen', folderGrant: 'x' },
      { type: 'progressed', progress: { done: 1, total: 1, name: '1.jpg' } },
    )
    expect(disturbed.stage).toMatchObject({ name: 'applying', progress: { done: 1 } })
    expect(disturbed.choice.folderGrant).toBeNull()
  })
})

test('the sentence says how many photos, how much, and where to', () => {
  const plan = planOf([item(1), item(2)])
  expect(applySentence(plan, 'en').replace(/\s/gu, ' ')).toBe('Move 2 photos (2 MB) to the trash')
  expect(applySentence({ ...plan, destination: { kind: 'folder', path: '/old' } }, 'en')).toMatch(/ to \/old$/)
})

test('what goes along is counted in the sentence and named with its bytes', () => {
  const companions: PlanItem['companions'] = [
    { name: 'a.mov', bytes: 3_000_000, kind: 'video', unique: false },
    { name: 'a.xmp', bytes: 2_000, kind: 'sidecar', unique: true },
  ]
  const plan = planOf([item(1, { companions })])
  expect(applySentence(plan, 'en').replace(/\s/gu, ' ')).toBe(
    'Move 1 photo and 2 files that go along (1 MB) to the trash',
  )
  expect(companionWords(companions, 'en').replace(/\s/gu, ' ')).toBe('a.mov (3 MB), a.xmp (2 kB, the only one)')
})

test('the list is grouped, searchable by folder, name and the photo that stays, and its sums are those of what is shown', () => {
  const items = [item(1), item(2, { folder: 'Trip', tier: 'ai' }), item(3, { keeps: 'Sunset.jpg' })]
  expect(planRows(items, 'folder', '').map((row) => row.key)).toEqual(['heading Photos', '1', '3', 'heading Trip', '2'])
  expect(planRows(items, 'tier', 'sunset')).toMatchObject([
    { title: 'Exact', files: 1, bytes: 1_000_000 },
    { key: '3' },
  ])
  expect(planRows(items, 'keeps', 'nowhere')).toEqual([])
})
