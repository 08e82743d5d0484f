import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analysePhoto } from './analyse.ts'
import { defaultDecodeLimits as limits } from './limits.ts'
import { readMetadata } from './metadata.ts'
import { sharp } from './sharp.ts'

// Real: EXIF written by sharp, by cameras, and read back through the whole analysis.

const photo = (name: string): Buffer => readFileSync(new URL(`../../../test/fixtures/photos/${name}`, import.meta.url))
const grey = sharp({ create: { width: 64, height: 48, channels: 3, background: '#777' } })

const full = {
  IFD0: { Make: 'Fujifilm', Model: 'X-T5', Software: 'Digital Camera X-T5 Ver2.03' },
  IFD2: {
    DateTimeOriginal: '2024:02:29 23:59:58',
    SubSecTimeOriginal: '07',
    OffsetTimeOriginal: '+05:30',
    LensModel: 'XF23mmF1.4 R LM WR',
  },
  IFD3: {
    GPSLatitudeRef: 'S',
    GPSLatitude: '33/1 51/1 3540/100',
    GPSLongitudeRef: 'E',
    GPSLongitude: '151/1 12/1 4000/100',
  },
}

async function metadataOf(bytes: Buffer): Promise<ReturnType<typeof readMetadata>> {
  return (await analysePhoto(bytes, { preprocessing: null, limits })).metadata
}

function xmp(attributes: string): Buffer {
  return Buffer.from(
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
      `<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" ${attributes}/></rdf:RDF></x:xmpmeta>`,
  )
}

describe('what a photo says about itself', () => {
  test.for(['jpeg', 'png', 'webp', 'avif'] as const)('EXIF in %s', async (format) => {
    const bytes = await grey.clone().withExif(full).toFormat(format).toBuffer()
    const found = await metadataOf(bytes)
    expect(found).toMatchObject({
      takenAt: '2024-02-29T23:59:58.070',
      utcOffset: '+05:30',
      cameraMake: 'Fujifilm',
      cameraModel: 'X-T5',
      lens: 'XF23mmF1.4 R LM WR',
    })
    expect(found.latitude).toBeCloseTo(-33.8598, 3)
    expect(found.longitude).toBeCloseTo(151.2111, 3)
  })

  test('the directory of a TIFF is its EXIF', async () => {
    // sharp writes no EXIF into TIFFs: a file is made of its EXIF block with a picture of one pixel beside it.
    const tiff = await grey.clone().resize(1, 1).tiff({ compression: 'none' }).toBuffer()
    const directory = tiff.readUInt32LE(4)
    const entries = tiff.readUInt16LE(directory)
    const make = Buffer.alloc(12)
    make.writeUInt16LE(0x010f, 0)
    make.writeUInt16LE(2, 2)
    make.writeUInt32LE(4, 4)
    make.write('Ono\0', 8, 'latin1')
    const old = tiff.subarray(directory + 2, directory + 2 + entries * 12)
    const fields = [...Array.from({ length: entries }, (_, i) => old.subarray(12 * i, 12 * i + 12)), make]
    fields.sort((a, b) => a.readUInt16LE(0) - b.readUInt16LE(0))
    const head = Buffer.from(tiff)
    head.writeUInt32LE(tiff.length, 4)
    const count = Buffer.alloc(2)
    count.writeUInt16LE(fields.length)
    const bytes = Buffer.concat([head, count, ...fields, Buffer.alloc(4)])
    expect((await metadataOf(bytes)).cameraMake).toBe('Ono')
  })

  test('a real camera file', async () => {
    expect(await metadataOf(photo('camera-casio-ex-z3.jpg'))).toMatchObject({
      cameraMake: expect.stringContaining('CASIO') as string,
      takenAt: expect.stringMatching(/^200\d-\d\d-\d\dT/) as string,
    })
  })

  test('rating and date from XMP, as attributes', async () => {
    const packet = xmp('xmp:Rating="4" xmp:CreateDate="2019-08-01T10:20:30.5+02:00" xmp:CreatorTool="darktable 4.6"')
    const bytes = await grey.clone().withXmp(packet.toString()).jpeg().toBuffer()
    expect(await metadataOf(bytes)).toMatchObject({
      rating: 4,
      takenAt: '2019-08-01T10:20:30.500',
      utcOffset: '+02:00',
      software: 'darktable 4.6',
    })
  })

  test('a rejected photo is rated −1', () => {
    expect(readMetadata(null, xmp('xmp:Rating="-1"')).rating).toBe(-1)
  })
})

/** 5,000 entries that each claim to hold four thousand million values. */
function hostileExif(): Buffer {
  const block = Buffer.alloc(65_000, 1)
  block.write('II*\0', 0, 'latin1')
  block.writeUInt32LE(8, 4)
  block.writeUInt16LE(5000, 8)
  for (let i = 0; i < 5000; i++) {
    const at = 10 + 12 * i
    block.writeUInt16LE(i % 2 === 0 ? 0x9003 : 0x010f, at)
    block.writeUInt16LE(i % 2 === 0 ? 2 : 1, at + 2)
    block.writeUInt32LE(0xffff_ffff, at + 4)
    block.writeUInt32LE(0, at + 8)
  }
  return block
}

describe('what cannot be is left out', () => {
  const exifOf = async (exif: Parameters<typeof grey.withExif>[0]): Promise<Buffer> =>
    grey.clone().withExif(exif).jpeg().toBuffer()

  test('dates that do not exist, clocks never set', async () => {
    for (const date of [
      '2023:02:30 10:00:00',
      '0000:00:00 00:00:00',
      '2023:13:01 10:00:00',
      '2023:01:01 25:00:00',
      'yesterday',
    ]) {
      expect((await metadataOf(await exifOf({ IFD2: { DateTimeOriginal: date } }))).takenAt, date).toBeNull()
    }
  })

  test('the digitised date stands in for a missing one, the file-changed date does not', async () => {
    const digitised = await exifOf({
      IFD0: { DateTime: '2022:01:01 00:00:00' },
      IFD2: { DateTimeDigitized: '2021:05:06 07:08:09' },
    })
    expect((await metadataOf(digitised)).takenAt).toBe('2021-05-06T07:08:09')
    expect((await metadataOf(await exifOf({ IFD0: { DateTime: '2022:01:01 00:00:00' } }))).takenAt).toBeNull()
  })

  test('places off the Earth, without hemisphere, and 0, 0', async () => {
    const place = async (GPSLatitude: string, ref: string): Promise<number | null> =>
      (await metadataOf(await exifOf({ IFD3: { ...full.IFD3, GPSLatitude, GPSLatitudeRef: ref } }))).latitude
    expect(await place('95/1 0/1 0/1', 'N')).toBeNull()
    expect(await place('45/1 0/1 0/1', '?')).toBeNull()
    expect(await place('45/0 0/1 0/1', 'N')).toBeNull()
    expect(await place('45/1 30/1 0/1', 'N')).toBe(45.5)
  })

  test('a broken EXIF or XMP block never costs the photo', async () => {
    const bytes = await exifOf(full)
    const at = bytes.indexOf('Exif\0\0', 0, 'latin1')
    for (let seed = 0; seed < 60; seed++) {
      const broken = Buffer.from(bytes)
      for (let i = 0; i < 25; i++) broken[at + 6 + ((seed * 7919 + i * 104_729) % 300)] = (seed * 31 + i * 17) & 255
      expect(await analysePhoto(broken, { preprocessing: null, limits })).toMatchObject({ width: 64, height: 48 })
    }
    const start = performance.now()
    expect(readMetadata(hostileExif(), null).takenAt).toBeNull()
    expect(performance.now() - start).toBeLessThan(100)
    expect(readMetadata(Buffer.from('Exif\0\0II*\0garbage'), Buffer.from('<x:xmpmeta><xmp:Rating'))).toMatchObject({
      takenAt: null,
      rating: null,
    })
  })
})
