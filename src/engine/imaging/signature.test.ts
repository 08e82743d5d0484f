import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analysePhoto } from './analyse.ts'
import { defaultDecodeLimits as limits } from './limits.ts'
import { sharp } from './sharp.ts'
import { computeSignature, pHashOf } from './signature.ts'

// Real: photos and sharp's own turning and mirroring. What is tested is the law in [Note: Perceptual signature].

const names = ['casa-mila.jpg', 'canyon-wren.jpg', 'coffee.png', 'camera-kodak-dx6490.jpg', 'rocket.jpg']
const photo = (name: string): Buffer => readFileSync(new URL(`../../../test/fixtures/photos/${name}`, import.meta.url))
const bit = (hash: Uint8Array, k: number): number => ((hash[k >> 3] ?? 0) >> (k & 7)) & 1

/** Share of the 64 bits of `hash` that `law` does not predict. */
function broken(hash: Uint8Array, law: (k: number) => number): number {
  let wrong = 0
  for (let k = 0; k < 64; k++) if (bit(hash, k) !== law(k)) wrong++
  return wrong
}

describe.for(names)('the symmetries of %s', (name) => {
  test('turning and mirroring the file permutes its hashes', async () => {
    // Even sides, so that libvips turns the picture without moving it by a part of a pixel.
    const pixels = await sharp(photo(name)).autoOrient().resize(512, 384, { fit: 'fill' }).png().toBuffer()
    const of = async (bytes: Buffer): Promise<ReturnType<typeof computeSignature>> =>
      (await analysePhoto(bytes, { preprocessing: null, limits })).signature
    const upright = await of(pixels)
    const mirrored = await of(await sharp(pixels).flop().png().toBuffer())
    const upsideDown = await of(await sharp(pixels).flip().png().toBuffer())
    const transposed = await of(await sharp(pixels).flop().rotate(270).png().toBuffer())
    const p = upright.pHash
    // A coefficient that is almost zero may fall on either side; one bit in 64 is allowed for that.
    expect(broken(mirrored.pHash, (k) => bit(p, k) ^ ((k % 8) % 2))).toBeLessThanOrEqual(1)
    expect(broken(upsideDown.pHash, (k) => bit(p, k) ^ ((k >> 3) % 2))).toBeLessThanOrEqual(1)
    expect(broken(transposed.pHash, (k) => bit(p, (k % 8) * 8 + (k >> 3)))).toBeLessThanOrEqual(1)
    expect(broken(transposed.rowHash, (k) => bit(upright.columnHash, (k % 8) * 8 + (k >> 3)))).toBeLessThanOrEqual(1)
    expect(broken(mirrored.rowHash, (k) => 1 - bit(upright.rowHash, (k & 56) + 7 - (k % 8)))).toBeLessThanOrEqual(2)
    expect(
      broken(upsideDown.columnHash, (k) => 1 - bit(upright.columnHash, 56 - (k & 56) + (k % 8))),
    ).toBeLessThanOrEqual(2)
  })
})

describe('computing', () => {
  test('pHash is the sign of the DCT-II, from its definition', () => {
    const luma = Uint8Array.from({ length: 1024 }, (_, i) => 128 + 100 * Math.sin(i * i * 0.013))
    const hash = pHashOf(luma)
    for (const [u, v] of [
      [1, 0],
      [0, 1],
      [3, 5],
      [7, 7],
    ] as const) {
      let sum = 0
      for (let y = 0; y < 32; y++) {
        for (let x = 0; x < 32; x++) {
          const wave = Math.cos(((2 * x + 1) * u * Math.PI) / 64) * Math.cos(((2 * y + 1) * v * Math.PI) / 64)
          sum += (luma[y * 32 + x] ?? 0) * wave
        }
      }
      expect(bit(hash, 8 * v + u)).toBe(sum > 0 ? 1 : 0)
    }
    expect(bit(hash, 0)).toBe(0)
  })

  test('a flat picture has empty hashes', () => {
    const { pHash, rowHash, columnHash, luma } = computeSignature({
      data: new Uint8Array(301 * 77).fill(93),
      width: 301,
      height: 77,
    })
    expect([...pHash, ...rowHash, ...columnHash].every((byte) => byte === 0)).toBe(true)
    expect(luma.every((value) => value === 93)).toBe(true)
  })

  test('a ramp that gets darker to the right and to the bottom sets every bit', () => {
    const data = Uint8Array.from({ length: 100 * 100 }, (_, i) => 255 - (i % 100) - Math.floor(i / 100))
    const { rowHash, columnHash } = computeSignature({ data, width: 100, height: 100 })
    expect([...rowHash, ...columnHash].every((byte) => byte === 255)).toBe(true)
  })
})
