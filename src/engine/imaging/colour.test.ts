import { describe, expect, test } from 'vitest'
import { analysePhoto } from './analyse.ts'
import { defaultDecodeLimits as limits } from './limits.ts'
import { sharp } from './sharp.ts'
import { renderView } from './view.ts'

// Real: sharp and its profiles. Each picture is one flat colour, so that what arrives can be named.

const preprocessing = {
  id: 'colour',
  width: 16,
  height: 16,
  resize: 'stretch',
  kernel: 'bicubic',
  layout: 'NCHW',
  channels: 'RGB',
  scale: 1,
  mean: [0, 0, 0] as [number, number, number],
  std: [1, 1, 1] as [number, number, number],
} as const

async function coloursOf(bytes: Buffer): Promise<{ model: number[]; thumbnail: number[]; view: number[] }> {
  const result = await analysePhoto(bytes, { preprocessing, limits })
  const middle = async (jpeg: Uint8Array): Promise<number[]> => {
    const { channels } = await sharp(Buffer.from(jpeg)).stats()
    return channels.map((channel) => Math.round(channel.mean))
  }
  return {
    model: [...(result.modelPixels ?? [])].slice(0, 3),
    thumbnail: await middle(result.thumbnail),
    view: await middle(await renderView(bytes, { maxSide: 64, limits })),
  }
}

async function expectColour(bytes: Buffer, colour: readonly number[], tolerance: number): Promise<void> {
  for (const [where, found] of Object.entries(await coloursOf(bytes))) {
    colour.forEach((value, i) =>
      expect(Math.abs((found[i] ?? -99) - value), `${where}: ${found.join()} for ${colour.join()}`).toBeLessThanOrEqual(
        tolerance,
      ),
    )
  }
}

const flat = (background: string, channels: 3 | 4 = 3): ReturnType<typeof sharp> =>
  sharp({ create: { width: 64, height: 48, channels, background } })

describe('colours arrive as sRGB on white', () => {
  test('Display P3 is converted', async () => {
    await expectColour(await flat('#c85028').withIccProfile('p3').png().toBuffer(), [200, 80, 40], 3)
    await expectColour(await flat('#c85028').withIccProfile('p3').jpeg({ quality: 95 }).toBuffer(), [200, 80, 40], 4)
    await expectColour(await flat('#c85028').withIccProfile('p3').webp({ lossless: true }).toBuffer(), [200, 80, 40], 3)
  })

  test('an sRGB profile changes nothing', async () => {
    await expectColour(await flat('#c85028').withIccProfile('srgb').png().toBuffer(), [200, 80, 40], 1)
  })

  test('CMYK, which JPEG stores inverted as Adobe does', async () => {
    // A generic printing profile goes there and back, so the colours are near, not equal.
    const cmyk = await flat('#b46e46').toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk')
    await expectColour(cmyk, [180, 110, 70], 18)
    await expectColour(await flat('#b46e46').toColourspace('cmyk').tiff().toBuffer(), [180, 110, 70], 18)
  })

  test('greyscale of 8 and 16 bits, and 16-bit colour', async () => {
    await expectColour(await flat('#787878').greyscale().jpeg().toBuffer(), [120, 120, 120], 2)
    await expectColour(await flat('#787878').toColourspace('grey16').png().toBuffer(), [120, 120, 120], 2)
    const deep = await flat('#c85028').toColourspace('rgb16').png().toBuffer()
    expect((await sharp(deep).metadata()).depth).toBe('ushort')
    await expectColour(deep, [200, 80, 40], 2)
  })

  test('transparency shows white', async () => {
    const half = 'rgba(200, 80, 40, 0.5)'
    await expectColour(await flat(half, 4).png().toBuffer(), [228, 168, 148], 2)
    await expectColour(await flat(half, 4).webp({ lossless: true }).toBuffer(), [228, 168, 148], 2)
    await expectColour(await flat('rgba(0, 0, 0, 0)', 4).png({ palette: true }).toBuffer(), [255, 255, 255], 1)
    await expectColour(await flat('rgba(0, 0, 0, 0)', 4).toColourspace('rgb16').png().toBuffer(), [255, 255, 255], 1)
  })
})
