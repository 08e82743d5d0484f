import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { analysePhoto } from './analyse.ts'
import { goldenCount, goldenPictures, probeScenes } from './golden-pictures.ts'
import { defaultDecodeLimits } from './limits.ts'
import { clipPreprocessing } from '../../../test/support/clip-pictures.ts'
import { pictureCodec, pixelsThroughJpeg } from './picture-codec.ts'
import { serverPixels } from './server-pixels.ts'
import { sharp } from './sharp.ts'

const preprocessing = clipPreprocessing

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length
}

describe('the painted pictures', () => {
  it('are the same bytes on every computer: recorded vectors depend on them', () => {
    const hash = createHash('sha256')
    for (const pixels of probeScenes(preprocessing)) hash.update(pixels)
    // A new set needs a new `goldenSetId`.
    expect(hash.digest('hex')).toBe('84844038bd27198ea3f5128518276352ca7a90c1cbee95ccf28080376f6d6864')
  })

  it('can all be read by the app, and the way they are turned is heeded', async () => {
    let count = 0
    for await (const { name, type, bytes, traits } of goldenPictures(true)) {
      const { format, orientation, modelPixels } = await analysePhoto(bytes, {
        preprocessing,
        limits: defaultDecodeLimits,
      })
      expect(`image/${format}`).toBe(type)
      expect(orientation !== 1).toBe(traits.turned)
      const oriented = await serverPixels(bytes, preprocessing, {
        resize: 'shortest-side-crop',
        kernel: 'bicubic',
        oriented: true,
      })
      // What a careful server makes of the file is what the app makes of it; other ways of doing it are not.
      expect(meanDifference(modelPixels ?? new Uint8Array(0), oriented), name).toBeLessThan(1)
      const careless = await serverPixels(bytes, preprocessing, {
        resize: 'shortest-side-crop',
        kernel: 'bicubic',
        oriented: false,
      })
      expect(meanDifference(oriented, careless) > 3, name).toBe(traits.turned)
      count++
    }
    expect(count).toBe(goldenCount(true))
  })
})

describe('the encoders for servers', () => {
  it('lose nothing as PNG and little as JPEG', async () => {
    const [scene = new Uint8Array(0)] = probeScenes(preprocessing)
    const png = await sharp(await pictureCodec.png(scene, 224, 224))
      .raw()
      .toBuffer()
    expect(meanDifference(scene, png)).toBe(0)
    const loss = meanDifference(scene, await pixelsThroughJpeg(scene, 224, 224))
    expect(loss).toBeGreaterThan(0)
    expect(loss).toBeLessThan(3)
  })
})
