import { describe, expect, it } from 'vitest'
import { compareLuma, isPlain } from './confirm.ts'
import { invertOrientation, orientationMap, orientationName } from './orientation.ts'
import { candidateThresholds, plainPairsAgree } from './thresholds.ts'

const side = 32
type Tone = (x: number, y: number) => number

/** A picture from a function over the unit square. */
function draw(tone: Tone): Uint8Array {
  return Uint8Array.from({ length: side * side }, (_, at) =>
    Math.max(0, Math.min(255, Math.round(tone(((at % side) + 0.5) / side, (Math.floor(at / side) + 0.5) / side)))),
  )
}

/** Something like a photo: large shapes, texture, no symmetry. */
const scene =
  (seed: number): Tone =>
  (x, y) =>
    120 +
    50 * Math.sin(3 * x + seed) * Math.cos(5 * y - seed) +
    30 * Math.sin(23 * x + 11 * y * seed) +
    25 * Math.cos(31 * y + 7 * x + 2 * seed) +
    (x > 0.3 + 0.1 * seed && y > 0.5 ? 30 : 0)

const photo = draw(scene(1))
const identity = 'identity' as const

describe('compareLuma', () => {
  it('knows the same frame after a change of tone, noise, or a caption', () => {
    const same = [
      draw((x, y) => 0.6 * scene(1)(x, y) + 70),
      draw((x, y) => scene(1)(x, y) + 2 * Math.sin(999 * x * y)),
      draw((x, y) => (y > 0.85 ? 250 : scene(1)(x, y))),
    ]
    for (const edited of same) {
      expect(compareLuma(photo, edited, identity).agreeingPatches).toBeGreaterThan(
        2 * candidateThresholds.leastAgreeingPatches,
      )
    }
    expect(compareLuma(photo, same[0] ?? photo, identity)).toMatchObject({ agreeingPatches: 1, plain: false })
  })

  it('is not taken in by another picture, or by the same scene framed otherwise', () => {
    const others = [draw(scene(2)), draw(scene(3)), draw((x, y) => scene(1)(x + 0.08, y + 0.05))]
    for (const other of others) expect(compareLuma(photo, other, identity).agreeingPatches).toBeLessThan(0.55)
  })

  it('lays a turned picture on the other before it compares', () => {
    for (let index = 0; index < 8; index++) {
      const turned = Uint8Array.from(orientationMap(side, index), (from) => photo[from] ?? 0)
      expect(compareLuma(photo, turned, orientationName(invertOrientation(index)))).toMatchObject({
        agreeingPatches: 1,
        difference: 0,
      })
    }
  })

  it('links plain pictures only when they are the same in tone', () => {
    const slope: Tone = (x, y) => 60 + 80 * x + 30 * y
    const dark = draw((x, y) => 6 + 2 * Math.sin(91 * x * y))
    const vignette = draw((x, y) => 200 - 90 * ((x - 0.5) ** 2 + (y - 0.5) ** 2))
    expect([draw(slope), dark, vignette, photo].map(isPlain)).toEqual([true, true, true, false])
    const steeper = compareLuma(
      draw(slope),
      draw((x, y) => 1.3 * slope(x, y)),
      identity,
    )
    expect(steeper).toMatchObject({ agreeingPatches: 1, plain: true })
    expect(plainPairsAgree(steeper.difference)).toBe(false)
    expect(plainPairsAgree(compareLuma(draw(slope), draw(slope), identity).difference)).toBe(true)
  })
})
