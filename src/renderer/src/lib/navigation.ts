import type { Tier } from '../../../shared/contract/groups.ts'
import { createReducerStore } from './reducer-store.ts'

export const screens = ['library', 'review', 'clean-up', 'backends', 'benchmark', 'history', 'settings'] as const
export type Screen = (typeof screens)[number]

interface Navigation {
  screen: Screen
  /** A tier that another screen asked the review to show; taken once. */
  tier: Tier | null
  /** A clean-up that another screen asked the history to show; taken once. */
  journalId: string | null
  keysOpen: boolean
}

type NavigationAction =
  | { type: 'went'; screen: Screen; tier?: Tier; journalId?: string }
  | { type: 'request-taken' }
  | { type: 'keys-toggled'; open: boolean }

const initial: Navigation = { screen: 'library', tier: null, journalId: null, keysOpen: false }

function reduceNavigation(state: Navigation, action: NavigationAction): Navigation {
  switch (action.type) {
    case 'went':
      return { ...state, screen: action.screen, tier: action.tier ?? null, journalId: action.journalId ?? null }
    case 'request-taken':
      return { ...state, tier: null, journalId: null }
    case 'keys-toggled':
      return { ...state, keysOpen: action.open }
  }
}

const store = createReducerStore(reduceNavigation, initial)

export function useNavigation<T>(select: (state: Navigation) => T): T {
  return store((held) => select(held.state))
}

export const sendToNavigation = store.getState().send

export function goTo(screen: Screen, request: { tier?: Tier; journalId?: string } = {}): void {
  sendToNavigation({ type: 'went', screen, ...request })
}
