import { describe, expect, test } from 'vitest'
import { analysePhoto } from './analyse.ts'
import { decodeBmp } from './bmp.ts'
import { defaultDecodeLimits as limits } from './limits.ts'

// Real: files built byte by byte from Microsoft's description.

interface Parts {
  width: number
  height: number
  bits: number
  compression?: number
  colours?: readonly (readonly [number, number, number])[]
  masks?: readonly number[]
  pixels: readonly number[]
}

function bmp({ width, height, bits, compression = 0, colours = [], masks = [], pixels }: Parts): Buffer {
  const at = 54 + masks.length * 4 + colours.length * 4
  const file = Buffer.alloc(at)
  file.write('BM', 0, 'latin1')
  file.writeUInt32LE(at + pixels.length, 2)
  file.writeUInt32LE(at, 10)
  file.writeUInt32LE(40, 14)
  file.writeInt32LE(width, 18)
  file.writeInt32LE(height, 22)
  file.writeUInt16LE(1, 26)
  file.writeUInt16LE(bits, 28)
  file.writeUInt32LE(compression, 30)
  file.writeUInt32LE(colours.length, 46)
  masks.forEach((mask, i) => file.writeUInt32LE(mask, 54 + 4 * i))
  colours.forEach(([r, g, b], i) => file.set([b, g, r, 0], 54 + 4 * masks.length + 4 * i))
  return Buffer.concat([file, Buffer.from(pixels)])
}

const red = [255, 0, 0] as const
const blue = [0, 0, 255] as const
const pixelsOf = (file: Buffer): number[] => [...decodeBmp(file).data]

describe('BMP', () => {
  test('24 bits, rows from the bottom, padded', () => {
    const file = bmp({ width: 1, height: 2, bits: 24, pixels: [255, 0, 0, 0, 0, 0, 255, 0] })
    expect(pixelsOf(file)).toEqual([...red, ...blue])
  })

  test('rows from the top', () => {
    const file = bmp({ width: 1, height: -2, bits: 24, pixels: [255, 0, 0, 0, 0, 0, 255, 0] })
    expect(pixelsOf(file)).toEqual([...blue, ...red])
  })

  test('palettes of 1, 4 and 8 bits', () => {
    const colours = [red, blue]
    expect(pixelsOf(bmp({ width: 3, height: 1, bits: 1, colours, pixels: [0b0100_0000, 0, 0, 0] }))).toEqual([
      ...red,
      ...blue,
      ...red,
    ])
    expect(pixelsOf(bmp({ width: 3, height: 1, bits: 4, colours, pixels: [0x01, 0x10, 0, 0] }))).toEqual([
      ...red,
      ...blue,
      ...blue,
    ])
    expect(pixelsOf(bmp({ width: 2, height: 1, bits: 8, colours, pixels: [1, 0, 0, 0] }))).toEqual([...blue, ...red])
  })

  test('16 bits 5-5-5 and 5-6-5, 32 bits', () => {
    expect(pixelsOf(bmp({ width: 1, height: 1, bits: 16, pixels: [0x00, 0x7c, 0, 0] }))).toEqual([...red])
    const masks = [0xf800, 0x07e0, 0x001f]
    expect(pixelsOf(bmp({ width: 1, height: 1, bits: 16, compression: 3, masks, pixels: [0xe0, 0x07, 0, 0] }))).toEqual(
      [0, 255, 0],
    )
    expect(pixelsOf(bmp({ width: 1, height: 1, bits: 32, pixels: [0, 0, 255, 0] }))).toEqual([...red])
  })

  test('run lengths of 8 and 4 bits', () => {
    const colours = [red, blue]
    const rle8 = bmp({
      width: 4,
      height: 2,
      bits: 8,
      compression: 1,
      colours,
      pixels: [4, 1, 0, 0, 0, 3, 0, 1, 0, 0, 1, 0, 0, 1],
    })
    expect(pixelsOf(rle8)).toEqual([...red, ...blue, ...red, ...red, ...blue, ...blue, ...blue, ...blue])
    const rle4 = bmp({ width: 4, height: 1, bits: 4, compression: 2, colours, pixels: [4, 0x01, 0, 1] })
    expect(pixelsOf(rle4)).toEqual([...red, ...blue, ...red, ...blue])
  })

  test('goes through the analysis; a file cut short is shown and flagged, or refused', async () => {
    const rows = Array.from({ length: 300 * 100 }, (_, i) => (i * i) & 255)
    const file = bmp({ width: 100, height: 100, bits: 24, pixels: rows })
    const options = { preprocessing: null, limits }
    expect(await analysePhoto(file, options)).toMatchObject({
      format: 'bmp',
      width: 100,
      height: 100,
      truncated: false,
    })
    expect(await analysePhoto(file.subarray(0, 20_000), options)).toMatchObject({ truncated: true })
    await expect(analysePhoto(file.subarray(0, 700), options)).rejects.toMatchObject({ code: 'truncated' })
    await expect(analysePhoto(file.subarray(0, 30), options)).rejects.toMatchObject({ code: 'truncated' })
    await expect(
      analysePhoto(bmp({ width: 70_000, height: 70_000, bits: 24, pixels: [] }), options),
    ).rejects.toMatchObject({
      code: 'too-large',
    })
  })
})
