import { expect, test } from 'vitest'
import { patchPaths } from './patch-paths.ts'

test('verdicts are told apart by shape, in pixels of the picture', () => {
  const patch = { left: 0.5, top: 0, right: 1, bottom: 0.5, correlation: 0.9 }
  const paths = (verdict: 'agrees' | 'differs' | 'plain') => patchPaths([{ ...patch, verdict }], 200, 100)[verdict]
  expect(new Set([paths('agrees'), paths('differs'), paths('plain')]).size).toBe(3)
  // A patch of 100 × 50 pixels from (100, 0), a little smaller all round.
  expect(paths('differs')).toMatch(/^M106\.0 3\.0h88\.0v44\.0h-88\.0z/)
  expect(patchPaths([{ ...patch, verdict: 'agrees' }], 200, 100).frames).toBe('M106.0 3.0h88.0v44.0h-88.0z')
  expect(patchPaths([{ ...patch, verdict: 'agrees' }], 200, 100).differs).toBe('')
})
