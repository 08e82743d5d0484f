import { describe, expect, test } from 'vitest'
import { describeNonImage, looksLikePhotoName, sniffFormat } from './sniff.ts'

function ftyp(...brands: string[]): Buffer {
  const box = Buffer.alloc(64)
  box.writeUInt32BE(8 + 4 * (brands.length + 1), 0)
  box.write(`ftyp${brands[0]}\0\0\0\0${brands.slice(1).join('')}`, 4, 'latin1')
  return box
}

const head = (text: string): Buffer => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(64)])

describe('content decides the format', () => {
  test('HEIF brands', () => {
    expect(sniffFormat(ftyp('heic', 'mif1', 'heic'))).toBe('heic')
    expect(sniffFormat(ftyp('mif1', 'miaf', 'heix'))).toBe('heic')
    expect(sniffFormat(ftyp('mif1', 'avif', 'miaf'))).toBe('avif')
    expect(sniffFormat(ftyp('avis', 'msf1'))).toBe('avif')
    expect(sniffFormat(ftyp('isom', 'mp42'))).toBeNull()
    expect(sniffFormat(ftyp('crx ', 'isom'))).toBe('raw')
  })

  test('the others, and look-alikes', () => {
    expect(sniffFormat(head('\xff\xd8\xff\xe0'))).toBe('jpeg')
    expect(sniffFormat(head('RIFF\0\0\0\0WEBP'))).toBe('webp')
    expect(sniffFormat(head('RIFF\0\0\0\0WAVE'))).toBeNull()
    expect(sniffFormat(head('GIF89a'))).toBe('gif')
    expect(sniffFormat(head('II*\0\x08\0\0\0'))).toBe('tiff')
    expect(sniffFormat(head('MM\0*\0\0\0\x08'))).toBe('tiff')
    expect(sniffFormat(head('II*\0\x10\0\0\0CR\x02\0'))).toBe('raw')
    expect(sniffFormat(head('FUJIFILMCCD-RAW 0201'))).toBe('raw')
    expect(sniffFormat(head('8BPS\0\x01'))).toBe('psd')
    expect(sniffFormat(head('\xff\x0a'))).toBe('jxl')
    expect(sniffFormat(head('\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0\x68\x04\0\0\x16\0\0\0'))).toBe('ico')
    expect(sniffFormat(head('\0\0\x01\0\0\0'))).toBeNull()
    expect(sniffFormat(head('BM Some text that begins like a bitmap'))).toBeNull()
    expect(sniffFormat(Buffer.alloc(0))).toBeNull()
  })

  test('names that promise a picture', () => {
    expect(['a.JPG', 'b.heic', 'c.nef', 'd.e.webp'].every(looksLikePhotoName)).toBe(true)
    expect(['a.txt', 'jpg', '.jpg', 'movie.mov', 'a.jpg.zip'].some(looksLikePhotoName)).toBe(false)
  })

  test('the reason for what is not read', () => {
    expect(describeNonImage(head('something else'), 'IMG_1.CR2').code).toBe('unsupported-format')
    expect(describeNonImage(head('\0\0\0\x0cjP  '), 'a.jpg').code).toBe('unsupported-format')
    expect(describeNonImage(head('hello'), 'a.jpg').code).toBe('not-an-image')
    expect(describeNonImage(Buffer.alloc(64), 'a.jpg').message).toMatch(/zeros/)
  })
})
