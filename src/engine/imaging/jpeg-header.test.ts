import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readJpegFile } from './jpeg-file.ts'
import { readJpegHeader } from './jpeg-header.ts'
import { sharp } from './sharp.ts'

// Real: cameras' files and files that sharp writes; the standard is what sharp says of them.

const folder = new URL('../../../test/fixtures/photos/', import.meta.url)
const photos = readdirSync(folder).filter((name) => name.endsWith('.jpg'))

function ours(bytes: Buffer): ReturnType<typeof readJpegHeader> {
  const jpeg = readJpegFile(bytes)
  return jpeg && readJpegHeader(jpeg)
}

async function sharps(bytes: Buffer) {
  const { width, height, space, isProgressive, icc, exif, xmp, orientation } = await sharp(bytes).metadata()
  return { said: { width, height, space, isProgressive, icc, exif, xmp }, orientation: orientation ?? 1 }
}

test.for(photos)('%s: the same as sharp says, or sharp is asked', async (name) => {
  const bytes = readFileSync(new URL(name, folder))
  const { said, orientation } = await sharps(bytes)
  const header = ours(bytes)
  if (header === null) expect(orientation !== 1 || said.space !== 'srgb').toBe(true)
  else expect({ ...header, orientation }).toEqual({ ...said, orientation: 1 })
})

const grey = sharp({ create: { width: 40, height: 30, channels: 3, background: '#778' } })

test('a profile in several pieces, EXIF and XMP, progressive', async () => {
  const bytes = await grey
    .clone()
    .withIccProfile('p3')
    .withExif({ IFD0: { Make: 'Fujifilm' } })
    .jpeg({ progressive: true })
    .toBuffer()
  const { said } = await sharps(bytes)
  expect(said.icc).toBeDefined()
  expect(ours(bytes)).toEqual(Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)))
})

test('a photo that has to be turned, CMYK, grey and doubled EXIF are left to sharp', async () => {
  const turned = await grey.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer()
  const cmyk = await grey.clone().toColourspace('cmyk').jpeg().toBuffer()
  const single = await grey.clone().greyscale().toColourspace('b-w').jpeg().toBuffer()
  const plain = await grey
    .clone()
    .withExif({ IFD0: { Make: 'Fujifilm' } })
    .jpeg()
    .toBuffer()
  const at = plain.indexOf('Exif\0\0') - 4
  const block = plain.subarray(at, at + 2 + plain.readUInt16BE(at + 2))
  const doubled = Buffer.concat([plain.subarray(0, at), block, plain.subarray(at)])
  expect(ours(plain)).not.toBeNull()
  expect([turned, cmyk, single, doubled].map(ours)).toEqual([null, null, null, null])
})
