import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { computeSignature, lumaOf } from '../imaging/signature.ts'
import { sharp } from '../imaging/sharp.ts'
import { findFrame, makeSearchable } from './frame-search.ts'

// Real: photos, cut and re-encoded by sharp, reduced to luma as a scan does it.

const [wide, high] = [960, 720]
const upright = async (name: string): Promise<Buffer> => {
  const bytes = readFileSync(new URL(`../../../test/fixtures/photos/${name}`, import.meta.url))
  return sharp(bytes).autoOrient().resize(wide, high, { fit: 'cover' }).png().toBuffer()
}
const names = [
  'casa-mila.jpg',
  'canyon-wren.jpg',
  'roman-colosseum.jpg',
  'chelsea.png',
  'tea-gardens.jpg',
  'coffee.png',
]
const photos = new Map(await Promise.all(names.map(async (name) => [name, await upright(name)] as const)))
const photo = (name: string): Buffer => photos.get(name) ?? Buffer.alloc(0)

async function lumaFrom(bytes: Buffer): Promise<Uint8Array> {
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .toColourspace('srgb')
    .resize(256, 256, { fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return computeSignature(lumaOf(data, info.width, info.height)).luma
}

interface Cut {
  left: number
  top: number
  width: number
  height: number
}

/** The part of a picture (shares of its sides) as another JPEG, brighter and smaller. */
function cropped(bytes: Buffer, { left, top, width, height }: Cut): Promise<Buffer> {
  const part = {
    left: Math.round(left * wide),
    top: Math.round(top * high),
    width: Math.round(width * wide),
    height: Math.round(height * high),
  }
  return sharp(bytes).extract(part).linear(1.1, 8).resize(500).jpeg({ quality: 70 }).toBuffer()
}

describe.for(names)('%s', (name) => {
  test.for([
    ['a fifth cut away', { left: 0.05, top: 0.05, width: 0.9, height: 0.89 }],
    ['30 % cut away from one corner', { left: 0, top: 0, width: 0.84, height: 0.84 }],
    ['40 % cut away around', { left: 0.1, top: 0.14, width: 0.77, height: 0.78 }],
    ['a third cut away from one side', { left: 0.33, top: 0, width: 0.67, height: 1 }],
  ] as const)('is found again with %s, at its place', async ([, cut]) => {
    const whole = makeSearchable(await lumaFrom(photo(name)))
    const part = makeSearchable(await lumaFrom(await cropped(photo(name), cut)))
    const found = findFrame(part, whole)
    expect(found.correlation).toBeGreaterThanOrEqual(0.95)
    expect(found.inner).toBe('a')
    // A cell of the luma square is 1/32 of a side; two of them are near enough to draw a frame.
    for (const side of ['left', 'top', 'width', 'height'] as const) {
      expect(Math.abs(found[side] - cut[side]), side).toBeLessThanOrEqual(2 / 32)
    }
    expect(findFrame(whole, part)).toMatchObject({ inner: 'b', correlation: found.correlation })
  })
})
