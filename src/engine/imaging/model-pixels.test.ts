import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Preprocessing } from '../../shared/contract/photo.ts'
import { analysePhoto } from './analyse.ts'
import { defaultDecodeLimits } from './limits.ts'
import { resampleBicubic } from './resample.ts'
import { sharp } from './sharp.ts'

const source = readFileSync(new URL('../../../test/parity/golden/odd-size.jpg', import.meta.url))
const preprocessing: Preprocessing = {
  id: 'stretch-260',
  width: 260,
  height: 260,
  resize: 'stretch',
  kernel: 'bicubic',
  layout: 'NCHW',
  channels: 'RGB',
  scale: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
}

// Scaled decoding cuts pixels off the stored right and bottom; where those edges come to lie depends on the orientation.
test.for([1, 2, 3, 4, 5, 6, 7, 8])(
  'orientation %i: sizes that libjpeg cannot scale evenly still give the reference’s pixels',
  async (orientation) => {
    const stored = sharp(source).resize(1795, 1339, { fit: 'fill' }).withMetadata({ orientation })
    const bytes = await stored.jpeg({ quality: 92 }).toBuffer()
    const { data, info } = await sharp(bytes).autoOrient().raw().toBuffer({ resolveWithObject: true })
    const whole = { data, width: info.width, height: info.height }
    const box = { left: 0, top: 0, width: info.width, height: info.height }
    const expected = resampleBicubic(whole, box, 260, 260)
    const { modelPixels } = await analysePhoto(bytes, { preprocessing, limits: defaultDecodeLimits })
    let sum = 0
    expected.forEach((value, i) => (sum += Math.abs(value - (modelPixels?.[i] ?? 255))))
    expect(sum / expected.length).toBeLessThanOrEqual(0.8)
  },
)
