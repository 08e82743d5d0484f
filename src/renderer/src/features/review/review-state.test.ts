import { describe, expect, test } from 'vitest'
import type { GroupPhoto, GroupView, ReviewSection } from '../../../../shared/contract/groups.ts'
import { applySuggestion, keepAll, keepOnly, spokenDecision, togglePhoto, type ActionOutcome } from './group-actions.ts'
import {
  currentGroup,
  groupsToRead,
  initialReview,
  reduceReview,
  type ReviewAction,
  type ReviewState,
} from './review-state.ts'

const photo = (id: number, changes: Partial<GroupPhoto> = {}): GroupPhoto => ({
  id,
  name: `${id}.jpg`,
  folder: 'Photos',
  bytes: id * 1000,
  width: 400,
  height: 300,
  format: 'jpeg',
  takenAt: null,
  modifiedMs: 0,
  truncated: false,
  offline: false,
  reference: false,
  decision: 'undecided',
  decidedByPerson: false,
  because: '',
  link: null,
  ...changes,
})
const group = (id: string, photos: GroupPhoto[], tier: ReviewSection = 'exact'): GroupView => ({
  id,
  tier,
  photos,
  newFind: false,
  freesBytes: 0,
  decided: false,
})
const pair = (id: string, first: number): GroupView =>
  group(id, [photo(first, { reference: true, decision: 'keep' }), photo(first + 1, { decision: 'remove' })])

const run = (state: ReviewState, actions: ReviewAction[]): ReviewState => actions.reduce(reduceReview, state)
const listed = (state: ReviewState, groupIds: string[]): ReviewState =>
  reduceReview(state, { type: 'listed', query: state.query, groupIds })
const read = (groups: GroupView[], revision = 1, asked = groups.map((g) => g.id)): ReviewAction => ({
  type: 'groups-read',
  tier: 'exact',
  asked,
  revision,
  groups,
})
const changesOf = (outcome: ActionOutcome) => ('changes' in outcome ? outcome.changes : [])
const decisions = (state: ReviewState, id: string): string[] =>
  state.groups.get(id)?.view.photos.map((p) => p.decision) ?? []

const started = run(listed(initialReview, ['a', 'b', 'c']), [read([pair('a', 1), pair('b', 3), pair('c', 5)])])

describe('the order of groups', () => {
  test('does not change under the hand: new groups wait and come last', () => {
    const grown = listed(started, ['new-1', 'c', 'a', 'new-2', 'b'])
    expect(grown.ids).toEqual(['a', 'b', 'c'])
    expect(grown.waiting).toEqual(['new-1', 'new-2'])
    const shown = reduceReview(grown, { type: 'waiting-shown' })
    expect(shown.ids).toEqual(['a', 'b', 'c', 'new-1', 'new-2'])
    expect(shown.waiting).toEqual([])
  })

  test('decided groups stay in a list of undecided ones until the person asks anew', () => {
    const filtered = listed(reduceReview(started, { type: 'queried', query: { filter: 'undecided' } }), ['a', 'b'])
    expect(listed(filtered, ['b']).ids).toEqual(['a', 'b'])
    expect(listed(reduceReview(filtered, { type: 'queried', query: { filter: 'undecided' } }), ['b']).ids).toEqual([
      'b',
    ])
  })

  test('a group that no longer exists leaves its place marked, and is shown again if it returns', () => {
    const without = run(started, [read([pair('a', 1)], 2, ['a', 'b'])])
    expect(without.ids).toEqual(['a', 'b', 'c'])
    expect(without.gone.get('b')).toBe('changed')
    expect(listed(without, ['a', 'b', 'c']).gone.size).toBe(0)
  })

  test('an answer to a former question is not taken', () => {
    const former = started.query
    const searching = reduceReview(started, { type: 'queried', query: { search: 'beach' } })
    expect(reduceReview(searching, { type: 'listed', query: former, groupIds: ['x'] })).toBe(searching)
    const other = reduceReview(started, { type: 'queried', query: { tier: 'ai' } })
    expect(reduceReview(other, read([pair('a', 1)])).groups.size).toBe(0)
  })

  test('a moved threshold keeps the former list in view, and the place in it where it still exists', () => {
    const placed = reduceReview(started, { type: 'pointed', groupId: 'b', photo: 1 })
    const regrouping = reduceReview(placed, { type: 'regrouped' })
    expect(regrouping.ids).toEqual(['a', 'b', 'c'])
    expect(listed(regrouping, ['z', 'b']).cursor?.groupId).toBe('b')
    expect(listed(regrouping, ['z']).cursor).toBeNull()
  })
})

describe('reading what is in view', () => {
  test('asks for groups never read and for those the review has moved on from, not for the rest', () => {
    const more = listed(reduceReview(started, { type: 'regrouped' }), ['a', 'b', 'c', 'd', 'e'])
    expect(groupsToRead(more, 0, 4, 1, 200)).toEqual(['d', 'e'])
    expect(groupsToRead(more, 1, 3, 2, 200)).toEqual(['b', 'c', 'd'])
    expect(groupsToRead(more, 0, 4, 2, 2)).toEqual(['a', 'b'])
  })
})

describe('deciding', () => {
  test('Space turns keep and remove around, and never takes the last photo', () => {
    const a = pair('a', 1)
    expect(changesOf(togglePhoto(a, 1))).toMatchObject([{ photoId: 2, after: { decision: 'keep' } }])
    expect(togglePhoto(a, 0)).toHaveProperty('refused')
    expect(changesOf(togglePhoto(group('u', [photo(1), photo(2)]), 0))).toMatchObject([
      { after: { decision: 'remove' } },
    ])
  })

  test('keep only one, keep all, and the suggestion', () => {
    const three = group('t', [photo(1), photo(2, { reference: true }), photo(3)], 'perceptual')
    const after = (outcome: ActionOutcome) => changesOf(outcome).map((c) => [c.photoId, c.after.decision])
    expect(after(keepOnly(three, 2))).toEqual([
      [1, 'remove'],
      [2, 'remove'],
      [3, 'keep'],
    ])
    expect(after(keepAll(three))).toEqual([
      [1, 'keep'],
      [2, 'keep'],
      [3, 'keep'],
    ])
    expect(after(applySuggestion(three))).toEqual([
      [1, 'remove'],
      [2, 'keep'],
      [3, 'remove'],
    ])
    expect(keepOnly(three, 7)).toEqual({ changes: [] })
  })

  test('of photos that only look alike nothing is suggested, and one of them stays', () => {
    const alike = group('s', [photo(1, { decision: 'remove' }), photo(2)], 'similar')
    expect(applySuggestion(alike)).toEqual({ changes: [] })
    expect(togglePhoto(alike, 1)).toEqual({ refused: expect.stringContaining('look alike') as string })
  })

  test('the suggestion for identical files gives the choice back to the rule', () => {
    const own = group('e', [
      photo(1, { reference: true, decision: 'remove', decidedByPerson: true }),
      photo(2, { decision: 'keep', decidedByPerson: true }),
    ])
    const changes = changesOf(applySuggestion(own))
    expect(changes.map((c) => spokenDecision(c.after))).toEqual(['undecided', 'undecided'])
  })

  test('shows at once in every group of the photo, with the sums, and is undone step by step', () => {
    const both = run(listed(initialReview, ['a', 'b']), [
      read([pair('a', 1), group('b', [photo(2, { decision: 'remove' }), photo(9)])]),
    ])
    const changes = changesOf(togglePhoto(pair('a', 1), 1))
    const decided = reduceReview(both, { type: 'decided', label: 'Keep 2.jpg', changes })
    expect(decisions(decided, 'a')).toEqual(['keep', 'keep'])
    expect(decisions(decided, 'b')).toEqual(['keep', 'undecided'])
    expect(decided.groups.get('a')?.view).toMatchObject({ freesBytes: 0, decided: true })
    const undone = reduceReview(decided, { type: 'undone' })
    expect(decisions(undone, 'a')).toEqual(['keep', 'remove'])
    expect(undone.groups.get('a')?.view.freesBytes).toBe(2000)
    expect(reduceReview(undone, { type: 'undone' })).toBe(undone)
  })

  test('an answer from before a decision does not turn it back; a refusal does', () => {
    const changes = changesOf(togglePhoto(pair('a', 1), 1))
    const decided = reduceReview(started, { type: 'decided', label: '', changes })
    const late = reduceReview(decided, read([pair('a', 1)], 2))
    expect(decisions(late, 'a')).toEqual(['keep', 'keep'])
    const confirmed = reduceReview(late, { type: 'decisions-confirmed', changes })
    expect(decisions(reduceReview(confirmed, read([pair('a', 1)], 3)), 'a')).toEqual(['keep', 'remove'])
    const refused = reduceReview(decided, { type: 'decisions-refused', changes })
    expect(decisions(refused, 'a')).toEqual(['keep', 'remove'])
    expect(refused.undo).toEqual([])
  })

  test('"not duplicates" moves on to the next group, closes a comparison with none left, and is undone', () => {
    const a = pair('a', 1)
    const comparing = run(started, [
      { type: 'pointed', groupId: 'a', photo: 0 },
      { type: 'compare-toggled', open: true },
      { type: 'dismissed', label: '', group: a },
    ])
    expect(currentGroup(comparing)?.group.id).toBe('b')
    const rest = run(comparing, [
      { type: 'dismissed', label: '', group: pair('b', 3) },
      { type: 'dismissed', label: '', group: pair('c', 5) },
    ])
    expect(rest.comparing).toBe(false)
    expect(currentGroup(rest)).toBeNull()
    expect(reduceReview(rest, { type: 'undone' }).gone.has('c')).toBe(false)
  })
})

describe('moving by key', () => {
  test('goes through photos and groups, skips what is gone, and stops at the ends', () => {
    const gone = run(started, [{ type: 'dismissed', label: '', group: pair('b', 3) }])
    const at = (moves: ('left' | 'right' | 'up' | 'down' | 'next' | 'previous' | 'first' | 'last')[]) => {
      const { cursor } = moves.reduce((state, move) => reduceReview(state, { type: 'moved', move }), gone)
      return [cursor?.groupId, cursor?.photo]
    }
    expect(at(['down'])).toEqual(['a', 0])
    expect(at(['down', 'right', 'right'])).toEqual(['a', 1])
    expect(at(['down', 'right', 'down'])).toEqual(['c', 1])
    expect(at(['down', 'right', 'next', 'next'])).toEqual(['c', 0])
    expect(at(['last', 'previous', 'previous', 'left'])).toEqual(['a', 0])
  })
})

test('a new engine keeps the person’s place and undo, and reads everything anew', () => {
  const decided = run(started, [
    { type: 'pointed', groupId: 'b', photo: 1 },
    { type: 'decided', label: '', changes: changesOf(keepAll(pair('a', 1))) },
    { type: 'restarted' },
  ])
  expect(decided.undo).toHaveLength(1)
  expect(decided.cursor?.groupId).toBe('b')
  expect(groupsToRead(decided, 0, 2, 0, 200)).toEqual(['a', 'b', 'c'])
})

test('closing the comparison gives the focus back to the photo it ended on', () => {
  const opened = run(started, [
    { type: 'pointed', groupId: 'a', photo: 1 },
    { type: 'compare-toggled', open: true },
    { type: 'moved', move: 'next' },
  ])
  const closed = reduceReview(opened, { type: 'compare-toggled', open: false })
  expect(closed.cursor).toMatchObject({ groupId: 'b', photo: 0 })
  expect(closed.cursor?.moves).toBeGreaterThan(opened.cursor?.moves ?? 0)
})
