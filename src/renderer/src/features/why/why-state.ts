import type { PhotoDetails } from '../../../../shared/contract/calls.ts'
import type { PairLook } from '../../../../shared/contract/groups.ts'
import type { Problem } from '../../lib/problem.ts'

export type WhyView = 'side' | 'slider' | 'flicker' | 'difference'

/** What the close look says, and what is known of the two photos. */
export interface Explained {
  look: PairLook
  a: PhotoDetails
  b: PhotoDetails
}

export interface WhyState {
  view: WhyView
  /** Whether patches are drawn over the pictures. */
  marks: boolean
  /** Share of the width that shows the first picture in the slider view. */
  split: number
  explained: Explained | null
  problem: Problem | null
}

export const initialWhy: WhyState = { view: 'side', marks: true, split: 0.5, explained: null, problem: null }

export type WhyAction =
  | { type: 'explained'; explained: Explained }
  | { type: 'failed'; problem: Problem }
  | { type: 'view-chosen'; view: WhyView }
  | { type: 'marks-toggled' }
  | { type: 'split-moved'; split: number }

export function reduceWhy(state: WhyState, action: WhyAction): WhyState {
  switch (action.type) {
    case 'explained':
      return { ...state, explained: action.explained, problem: null }
    case 'failed':
      return { ...state, explained: null, problem: action.problem }
    case 'view-chosen':
      // Nothing can be laid on one another where no way was found; the same key leads back.
      if (state.explained === null || state.explained.look.aligned === null) return state
      return { ...state, view: state.view === action.view ? 'side' : action.view }
    case 'marks-toggled':
      return { ...state, marks: !state.marks }
    case 'split-moved':
      return { ...state, split: Math.max(0, Math.min(1, action.split)) }
  }
}

/** What a key does here; null where it means nothing. */
export function whyActionOf(key: string): WhyAction | null {
  if (key === 's') return { type: 'view-chosen', view: 'slider' }
  if (key === 'f') return { type: 'view-chosen', view: 'flicker' }
  if (key === 'd') return { type: 'view-chosen', view: 'difference' }
  return key === 'm' ? { type: 'marks-toggled' } : null
}
