import type { GroupFilter, GroupSort, GroupView, ReviewSection } from '../../../../shared/contract/groups.ts'
import { withStandings, type PhotoChange } from './group-actions.ts'

export interface ReviewQuery {
  tier: ReviewSection
  sort: GroupSort
  filter: GroupFilter
  search: string
}

interface HeldGroup {
  view: GroupView
  /** Revision of the review that the view was read at. */
  revision: number
}

interface Cursor {
  groupId: string
  photo: number
  /** Grows with each move by key: the photo then takes the focus, and comes into view. */
  moves: number
}

export type UndoStep =
  | { kind: 'decisions'; label: string; changes: readonly PhotoChange[] }
  | { kind: 'dismissal'; label: string; tier: ReviewSection; groupId: string; photoIds: readonly number[] }

/**
 * [Note: Stable review]
 *
 * The order of groups is held by the page. New groups wait until the person asks for them and then come last; a group that no
 * longer exists leaves a line in its place. The order is taken anew only when the person changes the tier, the sorting, the
 * filter, the search or a threshold.
 */
export interface ReviewState {
  query: ReviewQuery
  /** True until the list for `query` has come; `ids` may still be the former list. */
  loading: boolean
  ids: readonly string[]
  /** New groups that are not shown yet. */
  waiting: readonly string[]
  groups: ReadonlyMap<string, HeldGroup>
  gone: ReadonlyMap<string, 'changed' | 'dismissed'>
  cursor: Cursor | null
  comparing: boolean
  undo: readonly UndoStep[]
  /** Decisions that the engine has not confirmed; they win over what it says meanwhile. */
  unconfirmed: readonly PhotoChange[]
}

export const initialReview: ReviewState = {
  query: { tier: 'exact', sort: 'found', filter: 'all', search: '' },
  loading: true,
  ids: [],
  waiting: [],
  groups: new Map(),
  gone: new Map(),
  cursor: null,
  comparing: false,
  undo: [],
  unconfirmed: [],
}

export type Move = 'left' | 'right' | 'up' | 'down' | 'next' | 'previous' | 'first' | 'last'

export type ReviewAction =
  | { type: 'queried'; query: Partial<ReviewQuery> }
  /** A threshold moved: the same query gives another list. */
  | { type: 'regrouped' }
  | { type: 'restarted' }
  | { type: 'listed'; query: ReviewQuery; groupIds: readonly string[] }
  | { type: 'waiting-shown' }
  | {
      type: 'groups-read'
      tier: ReviewSection
      asked: readonly string[]
      revision: number
      groups: readonly GroupView[]
    }
  | { type: 'decided'; label: string; changes: readonly PhotoChange[] }
  | { type: 'decisions-confirmed'; changes: readonly PhotoChange[] }
  | { type: 'decisions-refused'; changes: readonly PhotoChange[] }
  | { type: 'dismissed'; label: string; group: GroupView }
  | { type: 'dismissal-refused'; groupId: string }
  | { type: 'undone' }
  | { type: 'moved'; move: Move }
  | { type: 'pointed'; groupId: string; photo: number }
  | { type: 'compare-toggled'; open: boolean }

const mostUndo = 200

function decideIn(state: ReviewState, changes: readonly PhotoChange[], way: 'before' | 'after'): ReviewState['groups'] {
  const standings = new Map(changes.map((change) => [change.photoId, change[way]]))
  const groups = new Map(state.groups)
  for (const [id, held] of state.groups) {
    const view = withStandings(held.view, standings)
    if (view !== held.view) groups.set(id, { ...held, view })
  }
  return groups
}

function withoutGone(gone: ReviewState['gone'], ids: Iterable<string>): ReviewState['gone'] {
  const rest = new Map(gone)
  for (const id of ids) rest.delete(id)
  return rest
}

function afterList(state: ReviewState, groupIds: readonly string[]): ReviewState {
  if (!state.loading) {
    const known = new Set(state.ids)
    const returned = groupIds.filter((id) => state.gone.get(id) === 'changed')
    return {
      ...state,
      waiting: groupIds.filter((id) => !known.has(id)),
      gone: returned.length === 0 ? state.gone : withoutGone(state.gone, returned),
    }
  }
  const cursor = state.cursor !== null && groupIds.includes(state.cursor.groupId) ? state.cursor : null
  const comparing = state.comparing && cursor !== null
  return { ...state, loading: false, ids: groupIds, waiting: [], gone: new Map(), cursor, comparing }
}

function afterGroups(state: ReviewState, action: Extract<ReviewAction, { type: 'groups-read' }>): ReviewState {
  if (action.tier !== state.query.tier) return state
  const standings = new Map(state.unconfirmed.map((change) => [change.photoId, change.after]))
  const groups = new Map(state.groups)
  for (const view of action.groups) {
    groups.set(view.id, { view: withStandings(view, standings), revision: action.revision })
  }
  const read = new Set(action.groups.map((group) => group.id))
  const missing = action.asked.filter((id) => !read.has(id) && !state.gone.has(id))
  const gone =
    missing.length === 0 ? state.gone : new Map([...state.gone, ...missing.map((id) => [id, 'changed'] as const)])
  return { ...state, groups, gone }
}

function afterUndo(state: ReviewState): ReviewState {
  const step = state.undo.at(-1)
  if (step === undefined) return state
  const undo = state.undo.slice(0, -1)
  if (step.kind === 'dismissal') return { ...state, undo, gone: withoutGone(state.gone, [step.groupId]) }
  return { ...state, undo, groups: decideIn(state, step.changes, 'before') }
}

/** The nearest group from an index on in a direction that is still there; -1 when there is none. */
function liveIndex(state: ReviewState, from: number, step: 1 | -1): number {
  for (let index = from; index >= 0 && index < state.ids.length; index += step) {
    if (!state.gone.has(state.ids[index] ?? '')) return index
  }
  return -1
}

function movedTo(state: ReviewState, index: number, photo: number): ReviewState {
  const groupId = state.ids[index]
  if (groupId === undefined) return state
  const photos = state.groups.get(groupId)?.view.photos.length ?? 1
  const at = Math.max(0, Math.min(photo, photos - 1))
  return { ...state, cursor: { groupId, photo: at, moves: (state.cursor?.moves ?? 0) + 1 } }
}

function afterMove(state: ReviewState, move: Move): ReviewState {
  const { cursor } = state
  const at = cursor === null ? -1 : state.ids.indexOf(cursor.groupId)
  if (cursor === null || at < 0 || move === 'first') return movedTo(state, liveIndex(state, 0, 1), 0)
  if (move === 'last') return movedTo(state, liveIndex(state, state.ids.length - 1, -1), 0)
  if (move === 'left' || move === 'right') return movedTo(state, at, cursor.photo + (move === 'right' ? 1 : -1))
  const forward = move === 'down' || move === 'next'
  const photo = move === 'down' || move === 'up' ? cursor.photo : 0
  return movedTo(state, liveIndex(state, at + (forward ? 1 : -1), forward ? 1 : -1), photo)
}

function afterDismissal(state: ReviewState, label: string, group: GroupView): ReviewState {
  const step: UndoStep = {
    kind: 'dismissal',
    label,
    tier: group.tier,
    groupId: group.id,
    photoIds: group.photos.map((photo) => photo.id),
  }
  const gone = new Map(state.gone).set(group.id, 'dismissed')
  const dismissed: ReviewState = { ...state, gone, undo: [...state.undo, step].slice(-mostUndo) }
  if (state.cursor?.groupId !== group.id) return dismissed
  const next = afterMove(dismissed, 'next')
  const moved = next.cursor === dismissed.cursor ? afterMove(dismissed, 'previous') : next
  return moved.cursor === dismissed.cursor ? { ...dismissed, comparing: false } : moved
}

function sameChange(change: PhotoChange, other: PhotoChange): boolean {
  return change === other
}

function withoutChanges(list: readonly PhotoChange[], changes: readonly PhotoChange[]): readonly PhotoChange[] {
  return list.filter((entry) => !changes.some((change) => sameChange(entry, change)))
}

export function reduceReview(state: ReviewState, action: ReviewAction): ReviewState {
  switch (action.type) {
    case 'queried': {
      const query = { ...state.query, ...action.query }
      if (query.tier === state.query.tier) return { ...state, query, loading: true }
      // Only AI groups can be new finds.
      const filter = query.tier !== 'ai' && query.filter === 'new-finds' ? 'all' : query.filter
      const { undo, unconfirmed } = state
      return { ...initialReview, query: { ...query, filter }, undo, unconfirmed }
    }
    case 'regrouped':
      return { ...state, loading: true }
    case 'restarted':
      // Revisions of a new engine start anew, so nothing held is known to be fresh.
      return { ...state, query: { ...state.query }, loading: true, groups: new Map(), unconfirmed: [] }
    case 'listed':
      return action.query === state.query ? afterList(state, action.groupIds) : state
    case 'waiting-shown':
      return { ...state, ids: [...state.ids, ...state.waiting], waiting: [] }
    case 'groups-read':
      return afterGroups(state, action)
    case 'decided': {
      if (action.changes.length === 0) return state
      const step: UndoStep = { kind: 'decisions', label: action.label, changes: action.changes }
      return {
        ...state,
        groups: decideIn(state, action.changes, 'after'),
        undo: [...state.undo, step].slice(-mostUndo),
        unconfirmed: [...state.unconfirmed, ...action.changes],
      }
    }
    case 'decisions-confirmed':
      return { ...state, unconfirmed: withoutChanges(state.unconfirmed, action.changes) }
    case 'decisions-refused':
      return {
        ...state,
        groups: decideIn(state, action.changes, 'before'),
        undo: state.undo.filter((step) => step.kind !== 'decisions' || step.changes !== action.changes),
        unconfirmed: withoutChanges(state.unconfirmed, action.changes),
      }
    case 'dismissed':
      return afterDismissal(state, action.label, action.group)
    case 'dismissal-refused':
      return {
        ...state,
        gone: withoutGone(state.gone, [action.groupId]),
        undo: state.undo.filter((step) => step.kind !== 'dismissal' || step.groupId !== action.groupId),
      }
    case 'undone':
      return afterUndo(state)
    case 'moved':
      return afterMove(state, action.move)
    case 'pointed':
      return {
        ...state,
        cursor: { groupId: action.groupId, photo: action.photo, moves: state.cursor?.moves ?? 0 },
      }
    case 'compare-toggled':
      if (action.open || state.cursor === null) return { ...state, comparing: action.open && state.cursor !== null }
      // Back in the list, the photo takes the focus again.
      return { ...state, comparing: false, cursor: { ...state.cursor, moves: state.cursor.moves + 1 } }
  }
}

/**
 * Groups between two places (inclusive) that are to be read, because they never were or the review has moved on.
 * @param most the engine answers at most 200 in one call
 */
export function groupsToRead(
  state: ReviewState,
  first: number,
  last: number,
  revision: number,
  most: number,
): string[] {
  const wanted = state.ids.slice(Math.max(0, first), last + 1).filter((id) => {
    const held = state.groups.get(id)
    return !state.gone.has(id) && (held === undefined || held.revision < revision)
  })
  return wanted.slice(0, most)
}

/** The group under the cursor and its place; null when it has not been read. */
export function currentGroup(state: ReviewState): { group: GroupView; index: number; photo: number } | null {
  if (state.cursor === null) return null
  const held = state.groups.get(state.cursor.groupId)
  if (held === undefined || state.gone.has(state.cursor.groupId)) return null
  return { group: held.view, index: state.ids.indexOf(state.cursor.groupId), photo: state.cursor.photo }
}
