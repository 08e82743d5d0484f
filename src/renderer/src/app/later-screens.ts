import { createElement, Fragment, lazy, type ReactNode } from 'react'

/*
 * Screens that no start shows first. Two thirds of the page's code are theirs and their libraries' (charts above all), which
 * would be read and compiled before the window can be used.
 */
const load = {
  backends: () => import('../features/backends/backends-screen.tsx'),
  benchmark: () => import('../features/benchmark/benchmark-screen.tsx'),
  cleanUp: () => import('../features/clean-up/clean-up-screen.tsx'),
  compare: () => import('../features/compare/compare-viewer.tsx'),
  history: () => import('../features/history/history-screen.tsx'),
  review: () => import('../features/review/review-screen.tsx'),
  settings: () => import('../features/settings/settings-screen.tsx'),
  why: () => import('../features/why/why-dialog.tsx'),
}

export const BackendsScreen = lazy(async () => ({ default: (await load.backends()).BackendsScreen }))
export const BenchmarkScreen = lazy(async () => ({ default: (await load.benchmark()).BenchmarkScreen }))
export const CleanUpScreen = lazy(async () => ({ default: (await load.cleanUp()).CleanUpScreen }))
export const HistoryScreen = lazy(async () => ({ default: (await load.history()).HistoryScreen }))
export const SettingsScreen = lazy(async () => ({ default: (await load.settings()).SettingsScreen }))
export const ReviewScreen = lazy(async () => {
  const [{ ReviewScreen: Screen }, { CompareViewer }, { WhyDialog }] = await Promise.all([
    load.review(),
    load.compare(),
    load.why(),
  ])
  const screen = (): ReactNode =>
    createElement(Fragment, null, createElement(Screen, { viewer: CompareViewer }), createElement(WhyDialog))
  return { default: screen }
})

/** Fetches them once the page has nothing else to do, so that opening one does not wait. Returns how to call it off. */
export function loadLaterScreens(): () => void {
  const handle = requestIdleCallback(() => {
    for (const one of Object.values(load)) void one()
  })
  return () => cancelIdleCallback(handle)
}
