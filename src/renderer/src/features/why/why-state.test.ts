import { expect, test } from 'vitest'
import { describeProblem } from '../../lib/problem.ts'
import { explainedPair } from './explained-sample.ts'
import { initialWhy, reduceWhy, whyActionOf, type WhyAction, type WhyState } from './why-state.ts'

const run = (actions: WhyAction[], from: WhyState = initialWhy): WhyState => actions.reduce(reduceWhy, from)
const read = run([{ type: 'explained', explained: explainedPair({}) }])
const press = (keys: string, from = read): WhyState =>
  run(
    keys.split('').flatMap((key) => whyActionOf(key) ?? []),
    from,
  )

test('each view is one key away, and the same key leads back', () => {
  expect([press('s'), press('f'), press('d')].map((state) => state.view)).toEqual(['slider', 'flicker', 'difference'])
  expect(press('sd').view).toBe('difference')
  expect(press('dd').view).toBe('side')
  expect([press('m').marks, press('mm').marks]).toEqual([false, true])
  expect(press('k')).toEqual(read)
})

test('photos that were not laid on one another, or not yet, are shown side by side', () => {
  expect(press('d', initialWhy).view).toBe('side')
  const apart = run([{ type: 'explained', explained: explainedPair({}, null) }])
  expect(press('s', apart).view).toBe('side')
})

test('the line of the slider stays on the picture', () => {
  expect(run([{ type: 'split-moved', split: 1.4 }], read).split).toBe(1)
  expect(run([{ type: 'split-moved', split: -1 }], read).split).toBe(0)
})

test('a look that fails takes the former answer away', () => {
  const failed = run([{ type: 'failed', problem: describeProblem('compare', new Error('gone')) }], read)
  expect([failed.explained, failed.problem?.happened]).toEqual([null, 'gone'])
})
