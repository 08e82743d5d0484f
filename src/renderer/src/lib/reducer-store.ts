import { create, type StoreApi, type UseBoundStore } from 'zustand'

interface ReducerStore<S, A> {
  state: S
  send(action: A): void
}

/** A store that does nothing but hold a pure reducer's state; every rule is in the reducer. */
export function createReducerStore<S, A>(
  reduce: (state: S, action: A) => S,
  initial: S,
): UseBoundStore<StoreApi<ReducerStore<S, A>>> {
  return create<ReducerStore<S, A>>((set) => ({
    state: initial,
    send: (action) => set((store) => ({ state: reduce(store.state, action) })),
  }))
}
