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
  test.for(['jpeg', 'png', 'webp', 'tiff', 'avif'] as const)('EXIF in %s', async (format) => {
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
    expect(readMetadata(Buffer.from('Exif\0\0II*\0garbage'), Buffer.from('<x:xmpmeta><xmp:Rating'))).toMatchObject({
      takenAt: null,
      rating: null,
    })
  })
})
