import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readLookPlane } from '../imaging/look-pixels.ts'
import { sharp } from '../imaging/sharp.ts'
import { findByCorners } from './find-by-corners.ts'
import { findKeypoints, type Keypoints } from './keypoints.ts'
import { packScouts, scoutsAgree, unpackScouts } from './scouts.ts'
import { sharedCorners } from './thresholds.ts'

// Real: photos and cut-outs of them, reduced to thumbnails as a scan does it.

const names = ['casa-mila.jpg', 'roman-colosseum.jpg', 'chelsea.png', 'tea-gardens.jpg', 'coffee.png', 'rocket.jpg']

async function scoutsOf(pipeline: ReturnType<typeof sharp>): Promise<Keypoints> {
  const whole = await pipeline.removeAlpha().png().toBuffer()
  const plane = await readLookPlane(await sharp(whole).resize(320, 320, { fit: 'inside' }).jpeg().toBuffer())
  return unpackScouts(packScouts(findKeypoints(plane, sharedCorners.scouts), plane))
}
const photo = async (name: string): Promise<Buffer> => {
  const bytes = readFileSync(new URL(`../../../test/fixtures/photos/${name}`, import.meta.url))
  return sharp(bytes).autoOrient().resize(960, 720, { fit: 'cover' }).png().toBuffer()
}
const photos = await Promise.all(names.map((name) => photo(name)))
const wholes = await Promise.all(photos.map((bytes) => scoutsOf(sharp(bytes))))
const crops = await Promise.all(
  photos.map((bytes, k) =>
    scoutsOf(
      sharp(bytes)
        .extract({ left: 250, top: 40, width: 600, height: 600 })
        .flop(k % 2 === 1),
    ),
  ),
)
const library = [...wholes, ...crops]
const search = (isNew: (row: number) => boolean) =>
  findByCorners({
    count: library.length,
    descriptorsOf: (row) => library[row]?.descriptors ?? new Uint32Array(0),
    isNew: Uint8Array.from(library, (_, row) => (isNew(row) ? 1 : 0)),
    signal: new AbortController().signal,
  })

test('a cut-out and its photo have corners in common, mirrored or not', async () => {
  const found = (await search(() => true)).map(({ a, b }) => `${a}-${b}`)
  for (const k of names.keys()) expect(found).toContain(`${k}-${k + names.length}`)
})

test('only what is new brings partners', async () => {
  const last = library.length - 1
  const found = await search((row) => row === last)
  expect(found.length).toBeGreaterThan(0)
  expect(found.length).toBeLessThanOrEqual(sharedCorners.partners)
  expect(found.every(({ b }) => b === last)).toBe(true)
})

test('scouts agree about a photo and its cut-out, and about no two photos', () => {
  for (const [i, whole] of wholes.entries()) {
    expect([i, scoutsAgree(whole, crops[i]!)]).toEqual([i, true])
    for (const [j, other] of wholes.entries())
      if (j > i) expect([i, j, scoutsAgree(whole, other)]).toEqual([i, j, false])
  }
})
