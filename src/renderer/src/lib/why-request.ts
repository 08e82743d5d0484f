import type { GroupPhoto } from '../../../shared/contract/groups.ts'
import { createReducerStore } from './reducer-store.ts'

/** Two photos that the person asks about: `a` is measured against. */
export interface AskedPair {
  a: GroupPhoto
  b: GroupPhoto
}

const store = createReducerStore<AskedPair | null, AskedPair | null>((_, asked) => asked, null)

/** The pair that "Why?" is open on; null while it is closed. */
export function useAskedPair(): AskedPair | null {
  return store((held) => held.state)
}

export const closeWhy = (): void => store.getState().send(null)

/** The photo at an index and the group's reference photo; asked of the reference itself, the first other one beside it. */
export function pairToExplain(photos: readonly GroupPhoto[], index: number): AskedPair | null {
  const reference = Math.max(
    0,
    photos.findIndex((photo) => photo.reference),
  )
  const other = index === reference ? (reference === 0 ? 1 : 0) : index
  const [a, b] = [photos[reference], photos[other]]
  return a === undefined || b === undefined ? null : { a, b }
}

/** Opens "Why?" on a photo of a group. */
export function askWhy(photos: readonly GroupPhoto[], index: number): void {
  store.getState().send(pairToExplain(photos, index))
}
