import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import encodeJxl, { init as initJxl } from '@jsquash/jxl/encode.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { rawBuilders, type RawParts } from '../../../test/fixtures/generator/raw-files.ts'
import { toIco, toPsd, toTga, type PsdOptions } from '../../../test/fixtures/generator/simple-pictures.ts'
import { fromPicture, toPicture } from '../../../test/fixtures/generator/picture.ts'
import { analysePhoto } from './analyse.ts'
import { defaultDecodeLimits as limits } from './limits.ts'
import { makeThumbnail } from './make-thumbnail.ts'
import { sharp } from './sharp.ts'
import { renderView } from './view.ts'

// Real: decoders, photos, and a JPEG XL encoder. Raw files are built after their makers' structures, around real JPEGs.

const photo = (name: string): Buffer => readFileSync(new URL(`../../../test/fixtures/photos/${name}`, import.meta.url))
const analyse = (bytes: Buffer): ReturnType<typeof analysePhoto> => analysePhoto(bytes, { preprocessing: null, limits })
const scene = await toPicture(sharp(photo('roman-colosseum.jpg')).resize(600, 400, { fit: 'fill' }))
const reference = await analyse(await fromPicture(scene).png().toBuffer())

function bitsApart(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, byte, i) => sum + (byte ^ (b[i] ?? 0)).toString(2).replaceAll('0', '').length, 0)
}

async function expectSame(bytes: Buffer, expected: object): Promise<void> {
  const result = await analyse(bytes)
  expect(result).toMatchObject(expected)
  expect(bitsApart(result.signature.pHash, reference.signature.pHash)).toBeLessThanOrEqual(2)
  expect(Math.abs(result.quality.brightness - reference.quality.brightness)).toBeLessThan(4)
  expect(await makeThumbnail(bytes, limits)).toEqual(result.thumbnail)
  const view = await sharp(Buffer.from(await renderView(bytes, { maxSide: 300, limits }))).metadata()
  expect(view).toMatchObject({ format: 'jpeg', width: 300, height: 200 })
}

describe('camera raw files show the largest JPEG inside', async () => {
  const parts: RawParts = {
    thumbnail: await sharp(photo('chelsea.png')).resize(160, 120).jpeg().toBuffer(),
    preview: await fromPicture(scene).jpeg({ quality: 90 }).toBuffer(),
    width: 6000,
    height: 4000,
    takenAt: '2021:06:05 10:11:12',
    model: 'Test 5',
  }
  // What these makers write says nothing of the sensor's size, or where this reader does not look.
  const previewSize = new Set(['rw2', 'raf', 'cr3'])

  test.for(Object.keys(rawBuilders))('%s', async (kind) => {
    const [width, height] = previewSize.has(kind) ? [600, 400] : [6000, 4000]
    const metadata = {
      takenAt: '2021-06-05T10:11:12.500',
      cameraModel: 'Test 5',
      latitude: 52.5,
      longitude: 13.25,
    }
    await expectSame(rawBuilders[kind]!(parts), { format: 'raw', width, height, truncated: false, metadata })
  })

  test('a preview without orientation of its own lies as the container says', async () => {
    const turned = await sharp(parts.preview).rotate(270).jpeg({ quality: 90 }).toBuffer()
    for (const kind of ['nef', 'cr2', 'cr3']) {
      const bytes = rawBuilders[kind]!({ ...parts, preview: turned, width: 4000, height: 6000, orientation: 6 })
      const [width, height] = kind === 'cr3' ? [600, 400] : [6000, 4000]
      await expectSame(bytes, { format: 'raw', orientation: 6, width, height })
    }
  })

  test('without a preview, and cut off before it, it is listed with its reason', async () => {
    for (const kind of ['nef', 'dng', 'rw2', 'cr3']) {
      const bytes = rawBuilders[kind]!({ ...parts, preview: Buffer.alloc(5000), thumbnail: Buffer.alloc(100) })
      await expect(analyse(bytes), kind).rejects.toMatchObject({ code: 'unsupported-format' })
      const whole = rawBuilders[kind]!(parts)
      await expect(analyse(whole.subarray(0, 300)), kind).rejects.toMatchObject({
        code: expect.stringMatching(/^(unsupported-format|truncated|decode-error)$/) as string,
      })
    }
  })

  test('a camera maker’s file that is no raw file is what its content says', async () => {
    expect(await analyse(photo('nikon-truncated.nef'))).toMatchObject({
      format: 'jpeg',
      metadata: { cameraModel: 'NIKON D70s', takenAt: '2010-03-01T21:50:21.700' },
    })
    const tiff = await fromPicture(scene).tiff({ compression: 'lzw' }).toBuffer()
    expect(await analyse(tiff)).toMatchObject({ format: 'tiff' })
  })
})

/** Node's own, of which the engine's types know nothing. */
declare const WebAssembly: { Module: new (bytes: Buffer) => object }

describe('JPEG XL', () => {
  beforeAll(async () => {
    const file = createRequire(import.meta.url).resolve('@jsquash/jxl/codec/enc/jxl_enc.wasm')
    await initJxl(new WebAssembly.Module(readFileSync(file)))
  })
  const encode = async (options: Parameters<typeof encodeJxl>[1] = {}): Promise<Buffer> => {
    const { data, info } = await fromPicture(scene).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
    const image = { data: new Uint8ClampedArray(data), width: info.width, height: info.height, colorSpace: 'srgb' }
    return Buffer.from(await encodeJxl(image as never, { effort: 1, ...options }))
  }
  const box = (type: string, content: Buffer): Buffer => {
    const head = Buffer.alloc(8)
    head.writeUInt32BE(content.length + 8)
    head.write(type, 4, 'latin1')
    return Buffer.concat([head, content])
  }

  test('lossy, lossless and in a container with EXIF', async () => {
    const lossy = await encode({ quality: 85 })
    await expectSame(lossy, { format: 'jxl', width: 600, height: 400, truncated: false })
    await expectSame(await encode({ lossless: true }), { format: 'jxl', width: 600, height: 400 })
    const dot = sharp({ create: { width: 8, height: 8, channels: 3, background: '#123' } })
    const exif = await dot
      .withExif({ IFD0: { Model: 'Test 6' } })
      .jpeg()
      .toBuffer()
    const block = (await sharp(exif).metadata()).exif!.subarray(6)
    const container = Buffer.concat([
      box('JXL ', Buffer.from([0x0d, 0x0a, 0x87, 0x0a])),
      box('ftyp', Buffer.from('jxl \0\0\0\0jxl ', 'latin1')),
      box('Exif', Buffer.concat([Buffer.alloc(4), block])),
      box('jxlc', lossy),
    ])
    await expectSame(container, { format: 'jxl', metadata: { cameraModel: 'Test 6' } })
    await expect(analyse(lossy.subarray(0, 30))).rejects.toMatchObject({ code: 'truncated' })
    // The decoder still works after that.
    await expectSame(lossy, { format: 'jxl' })
  })

  test('a header that claims a gigapixel is refused before anything is decoded', async () => {
    // SizeHeader: not small, 30 bits of height 32,768, ratio 1.
    const bits = [0, 1, 1, ...Array.from({ length: 30 }, (_, i) => (32_767 >> i) & 1), 1, 0, 0, 1]
    const header = Buffer.alloc(8)
    bits.forEach((bit, i) => (header[i >> 3]! |= bit << (i & 7)))
    const bytes = Buffer.concat([Buffer.from([0xff, 0x0a]), header, Buffer.alloc(100)])
    await expect(analyse(bytes)).rejects.toMatchObject({ code: 'too-large' })
  })
})

describe('pictures of other programs', () => {
  const documents: [string, PsdOptions][] = [
    ['plain', {}],
    ['PackBits', { packed: true }],
    ['16 bits, large document', { bits: 16, large: true, packed: true }],
    ['CMYK', { cmyk: true }],
  ]
  test.for(documents)('Photoshop document: %s', async ([, options]) => {
    await expectSame(toPsd(scene, options), { format: 'psd', width: 600, height: 400, truncated: false })
  })

  test('a Photoshop document without a merged picture is listed with that reason', async () => {
    await expect(analyse(toPsd(scene, { merged: false }))).rejects.toMatchObject({ code: 'unsupported-format' })
  })

  test('Targa, told by its whole header', async () => {
    await expectSame(toTga(scene), { format: 'tga', width: 600, height: 400, truncated: false })
    await expectSame(toTga(scene, { runs: true }), { format: 'tga', width: 600, height: 400, truncated: false })
    const cut = await analyse(toTga(scene).subarray(0, 400_000))
    expect(cut).toMatchObject({ format: 'tga', truncated: true })
    const claims = toTga(scene)
    claims.writeUInt16LE(65_535, 12)
    claims.writeUInt16LE(65_535, 14)
    await expect(analyse(claims)).rejects.toMatchObject({ code: 'too-large' })
  })

  test('icons: the largest picture, a PNG or a bitmap on white', async () => {
    const png = await fromPicture(scene).png().toBuffer()
    await expectSame(toIco(png), { format: 'ico', width: 600, height: 400 })
    const bitmap = await analyse(toIco(scene))
    expect(bitmap).toMatchObject({ format: 'ico', width: 600, height: 400, truncated: false })
    const { data } = await sharp(Buffer.from(bitmap.thumbnail)).raw().toBuffer({ resolveWithObject: true })
    expect([...data.subarray(0, 3)].every((level) => level > 250)).toBe(true)
  })
})

test('a Motion Photo is read as the JPEG that it begins with, and its bytes are its own', async () => {
  const jpeg = await fromPicture(scene).jpeg().toBuffer()
  const video = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0isommp42', 'latin1'), Buffer.alloc(50_000, 0xd9)])
  const [still, moving] = [await analyse(jpeg), await analyse(Buffer.concat([jpeg, video]))]
  expect(moving).toMatchObject({ format: 'jpeg', width: 600, height: 400, truncated: false })
  expect(moving.pixelHash).toEqual(still.pixelHash)
})
