import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { ImageFormat } from '../../shared/contract/photo.ts'
import { analysePhoto } from './analyse.ts'
import { defaultDecodeLimits as limits } from './limits.ts'
import { sharp } from './sharp.ts'
import { renderView } from './view.ts'

// Real: sharp, libheif, photos. Made here: other formats of the same photo, by sharp.

const photo = (name: string): Buffer => readFileSync(new URL(`../../../test/fixtures/photos/${name}`, import.meta.url))
const analyse = (bytes: Buffer): ReturnType<typeof analysePhoto> => analysePhoto(bytes, { preprocessing: null, limits })

function bitsApart(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, byte, i) => {
    let rest = byte ^ (b[i] ?? 0)
    let bits = 0
    for (; rest > 0; rest &= rest - 1) bits++
    return sum + bits
  }, 0)
}

const source = await sharp(photo('roman-colosseum.jpg')).resize(801, 600, { fit: 'fill' }).png().toBuffer()
const reference = await analyse(source)

describe('every format is read', () => {
  const made: [ImageFormat, () => Promise<Buffer>][] = [
    ['jpeg', () => sharp(source).jpeg({ quality: 90 }).toBuffer()],
    ['jpeg', () => sharp(source).jpeg({ quality: 90, progressive: true }).toBuffer()],
    ['png', () => sharp(source).png({ palette: true }).toBuffer()],
    ['webp', () => sharp(source).webp({ quality: 90 }).toBuffer()],
    ['avif', () => sharp(source).avif({ quality: 60, effort: 0 }).toBuffer()],
    ['tiff', () => sharp(source).tiff({ compression: 'lzw' }).toBuffer()],
    ['tiff', () => sharp(source).tiff({ tile: true, bigtiff: true }).toBuffer()],
    ['gif', () => sharp(source).gif().toBuffer()],
  ]
  test.for(made)('%s', async ([format, make]) => {
    const result = await analyse(await make())
    expect(result).toMatchObject({ format, width: 801, height: 600, truncated: false, orientation: 1 })
    expect(bitsApart(result.signature.pHash, reference.signature.pHash)).toBeLessThanOrEqual(2)
    const thumbnail = await sharp(Buffer.from(result.thumbnail)).metadata()
    expect(thumbnail).toMatchObject({ format: 'jpeg', width: 320, height: 240 })
  })

  test('HEIC', async () => {
    const result = await analyse(photo('cheers.heic'))
    expect(result).toMatchObject({ format: 'heic', width: 1440, height: 960, truncated: false })
    expect(result.quality.contrast).toBeGreaterThan(20)
    const view = await sharp(Buffer.from(await renderView(photo('cheers.heic'), { maxSide: 600, limits }))).metadata()
    expect(view).toMatchObject({ format: 'jpeg', width: 600, height: 400 })
  })

  test('the first frame of an animation, the first page of a document', async () => {
    const frame = (colour: string): Promise<Buffer> =>
      sharp({ create: { width: 64, height: 48, channels: 3, background: colour } })
        .png()
        .toBuffer()
    const frames = await Promise.all(['#000000', '#ffffff', '#ffffff'].map(frame))
    for (const format of ['gif', 'webp', 'tiff'] as const) {
      const bytes = await sharp(frames, { join: { animated: true } })
        .toFormat(format)
        .toBuffer()
      const result = await analyse(bytes)
      expect(result, format).toMatchObject({ width: 64, height: 48 })
      expect(result.quality.brightness, format).toBeLessThan(8)
    }
  })

  test('pictures of one pixel, one row, one column', async () => {
    for (const [width, height] of [
      [1, 1],
      [3000, 1],
      [1, 3000],
    ] as const) {
      const bytes = await sharp({ create: { width, height, channels: 3, background: '#808080' } })
        .png()
        .toBuffer()
      expect(await analyse(bytes)).toMatchObject({ width, height, quality: { sharpness: 0 } })
    }
  })
})

describe('EXIF orientation', () => {
  test('all eight ways of storing a picture give the same hashes, size and view', async () => {
    const upright = sharp(source).resize(800, 600, { fit: 'fill' })
    // sharp mirrors before it turns.
    const stored: Record<number, (image: typeof upright) => typeof upright> = {
      1: (image) => image,
      2: (image) => image.flop(),
      3: (image) => image.rotate(180),
      4: (image) => image.flip(),
      5: (image) => image.flop().rotate(270),
      6: (image) => image.rotate(270),
      7: (image) => image.flop().rotate(90),
      8: (image) => image.rotate(90),
    }
    const pixels = await upright.png().toBuffer()
    const first = await analyse(await sharp(pixels).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer())
    for (const [orientation, turn] of Object.entries(stored)) {
      const bytes = await turn(sharp(pixels))
        .withMetadata({ orientation: Number(orientation) })
        .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
        .toBuffer()
      const result = await analyse(bytes)
      expect(result).toMatchObject({ orientation: Number(orientation), width: 800, height: 600 })
      expect(bitsApart(result.signature.pHash, first.signature.pHash), `orientation ${orientation}`).toBe(0)
      const off = result.signature.luma.reduce(
        (most, v, i) => Math.max(most, Math.abs(v - (first.signature.luma[i] ?? 0))),
        0,
      )
      expect(off, `luma of orientation ${orientation}`).toBeLessThanOrEqual(3)
      const view = await sharp(Buffer.from(await renderView(bytes, { maxSide: 400, limits }))).metadata()
      expect(view).toMatchObject({ width: 400, height: 300 })
    }
  })
})

describe('files cut short', () => {
  const jpeg = photo('camera-casio-ex-z3.jpg')

  test('a JPEG of which two thirds are left is shown and flagged', async () => {
    const result = await analyse(jpeg.subarray(0, Math.floor(jpeg.length * 0.66)))
    expect(result).toMatchObject({ width: 2048, height: 1536, truncated: true })
    expect((await renderView(jpeg.subarray(0, 300_000), { maxSide: 500, limits })).length).toBeGreaterThan(5000)
  })

  test('a JPEG of which almost nothing is left is refused as truncated', async () => {
    await expect(analyse(jpeg.subarray(0, 50_000))).rejects.toMatchObject({ code: 'truncated' })
    await expect(analyse(jpeg.subarray(0, 3_000))).rejects.toMatchObject({ code: 'truncated' })
  })

  test('PNG, WebP, TIFF, GIF, AVIF: shown and flagged, or refused as truncated', async () => {
    const image = sharp(source)
    const files = {
      png: await image.png().toBuffer(),
      webp: await image.webp().toBuffer(),
      tiff: await image.tiff({ compression: 'lzw' }).toBuffer(),
      gif: await image.gif().toBuffer(),
      avif: await image.avif({ effort: 0 }).toBuffer(),
    }
    for (const [format, bytes] of Object.entries(files)) {
      const outcome = await analyse(bytes.subarray(0, Math.floor(bytes.length * 0.6))).then(
        (result) => (result.truncated ? 'flagged' : 'whole'),
        (error: { code: string }) => error.code,
      )
      expect(['flagged', 'truncated'], `${format}: ${outcome}`).toContain(outcome)
    }
  })

  test('a camera JPEG with stray bytes before a marker is whole', async () => {
    expect(await analyse(photo('camera-issue-308.jpg'))).toMatchObject({ truncated: false })
  })

  test('damaged HEIC files are refused with a reason', async () => {
    await expect(analyse(photo('malformed-1.heif'))).rejects.toMatchObject({ code: 'truncated' })
    await expect(analyse(photo('malformed-2.heif'))).rejects.toMatchObject({ code: 'truncated' })
  })
})

describe('what is no photo', () => {
  test('gives its reason', async () => {
    await expect(analyse(Buffer.alloc(0))).rejects.toMatchObject({ code: 'empty' })
    await expect(analyse(Buffer.from('%PDF-1.7 not a picture at all'))).rejects.toMatchObject({ code: 'not-an-image' })
    await expect(analyse(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).rejects.toMatchObject({
      code: 'unsupported-format',
    })
  })

  test('stops at once when cancelled', async () => {
    const signal = AbortSignal.abort()
    await expect(analysePhoto(source, { preprocessing: null, limits, signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
  })
})
