import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analysePhoto } from '../../src/engine/imaging/analyse.ts'
import { defaultDecodeLimits } from '../../src/engine/imaging/limits.ts'
import { sharp } from '../../src/engine/imaging/sharp.ts'
import type { Preprocessing } from '../../src/shared/contract/photo.ts'

// Real: our whole way from file bytes to model pixels. Golden: what Pillow and torchvision's rules make of the same files.

const folder = new URL('./golden/', import.meta.url)
const rest = { kernel: 'bicubic', layout: 'NCHW', channels: 'RGB', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const
const rules: Record<string, Preprocessing> = {
  'stretch-260': {
    id: 'stretch-260',
    width: 260,
    height: 260,
    resize: 'stretch',
    ...rest,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  'crop-224': {
    id: 'crop-224',
    width: 224,
    height: 224,
    resize: 'shortest-side-crop',
    ...rest,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
}

const goldens = readdirSync(folder)
  .map((name) => /^(.+)\.((?:stretch|crop)-\d+)\.png$/.exec(name))
  .filter((match) => match !== null)
  .map(([file, source = '', rule = '']) => ({ file, source, rule }))

describe('model pixels agree with the reference implementation', () => {
  test('every kind of golden picture is here', () => {
    expect(goldens.length).toBeGreaterThanOrEqual(14)
  })

  test.for(goldens)('$file', async ({ file, source, rule }) => {
    const preprocessing = rules[rule]
    if (preprocessing === undefined) throw new Error(`no rule for ${file}`)
    const bytes = readFileSync(new URL(source, folder))
    const { modelPixels } = await analysePhoto(bytes, { preprocessing, limits: defaultDecodeLimits })
    const expected = await sharp(readFileSync(new URL(file, folder)))
      .raw()
      .toBuffer()
    expect(modelPixels?.length).toBe(expected.length)
    let sum = 0
    expected.forEach((value, i) => (sum += Math.abs(value - (modelPixels?.[i] ?? 0))))
    expect(sum / expected.length).toBeLessThanOrEqual(1)
  })
})
