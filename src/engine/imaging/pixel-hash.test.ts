import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analysePhoto } from './analyse.ts'
import { defaultDecodeLimits as limits } from './limits.ts'
import { sharp } from './sharp.ts'

// Real: photo bytes, changed only where a metadata editor would change them.

const jpeg = readFileSync(new URL('../../../test/fixtures/photos/camera-casio-ex-z3.jpg', import.meta.url))

async function pixelHash(bytes: Buffer): Promise<string | null> {
  const { pixelHash: hash } = await analysePhoto(bytes, { preprocessing: null, limits })
  return hash === null ? null : Buffer.from(hash).toString('hex')
}

function withSegment(bytes: Buffer, marker: number, payload: string): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(payload.length + 2, 2)
  return Buffer.concat([bytes.subarray(0, 2), head, Buffer.from(payload, 'latin1'), bytes.subarray(2)])
}

function withoutApplicationSegments(bytes: Buffer): Buffer {
  const parts = [bytes.subarray(0, 2)]
  let at = 2
  while (bytes[at + 1] !== 0xda) {
    const next = at + 2 + bytes.readUInt16BE(at + 2)
    if ((bytes[at + 1] ?? 0) >> 4 !== 0xe) parts.push(bytes.subarray(at, next))
    at = next
  }
  return Buffer.concat([...parts, bytes.subarray(at)])
}

describe('the pixel hash of a JPEG', () => {
  test('stays when metadata is added, removed, or something is appended', async () => {
    const hash = await pixelHash(jpeg)
    expect(hash).toMatch(/^[0-9a-f]{32}$/)
    expect(await pixelHash(withSegment(jpeg, 0xfe, 'a comment'))).toBe(hash)
    expect(await pixelHash(withSegment(jpeg, 0xed, 'Photoshop 3.0\0 keywords'))).toBe(hash)
    expect(await pixelHash(withSegment(jpeg, 0xe2, 'MPF\0 index of a second picture'))).toBe(hash)
    expect(await pixelHash(withoutApplicationSegments(jpeg))).toBe(hash)
    expect(await pixelHash(Buffer.concat([jpeg, Buffer.from('motion photo video')]))).toBe(hash)
  })

  test('changes with one bit of the picture, with its profile, and with its orientation', async () => {
    const hash = await pixelHash(jpeg)
    const touched = Buffer.from(jpeg)
    const at = Math.floor(jpeg.length / 2)
    touched[at] = (touched[at] ?? 0) ^ 1
    expect(await pixelHash(touched)).not.toBe(hash)
    expect(await pixelHash(withSegment(jpeg, 0xe2, `ICC_PROFILE\0\u0001\u0001${'x'.repeat(200)}`))).not.toBe(hash)
    const small = await sharp(jpeg).resize(200).jpeg().toBuffer()
    const turned = await sharp(jpeg).resize(200).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    expect(await pixelHash(turned)).not.toBe(await pixelHash(small))
  })
})

describe('other formats', () => {
  test('PNG: text chunks and the cutting of data do not count, pixels do', async () => {
    const png = await sharp(jpeg).resize(300).png({ compressionLevel: 9 }).toBuffer()
    const commented = await sharp(jpeg)
      .resize(300)
      .withExif({ IFD0: { Make: 'x' } })
      .png({ compressionLevel: 9 })
      .toBuffer()
    const other = await sharp(jpeg).resize(300).modulate({ brightness: 1.01 }).png({ compressionLevel: 9 }).toBuffer()
    expect(await pixelHash(commented)).toBe(await pixelHash(png))
    expect(await pixelHash(other)).not.toBe(await pixelHash(png))
  })

  test('WebP: the same rule', async () => {
    const webp = await sharp(jpeg).resize(300).webp().toBuffer()
    const commented = await sharp(jpeg)
      .resize(300)
      .withExif({ IFD0: { Make: 'x' } })
      .webp()
      .toBuffer()
    expect(commented.equals(webp)).toBe(false)
    expect(await pixelHash(commented)).toBe(await pixelHash(webp))
  })

  test('TIFF: none', async () => {
    expect(await pixelHash(await sharp(jpeg).resize(100).tiff().toBuffer())).toBeNull()
  })
})
