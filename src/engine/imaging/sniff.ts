import type { ImageFormat } from '../../shared/contract/photo.ts'
import type { UnreadableCode } from '../../shared/errors.ts'

function ascii(head: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to && i < head.length; i++) text += String.fromCharCode(head[i] ?? 0)
  return text
}

function startsWith(head: Uint8Array, bytes: readonly number[], at = 0): boolean {
  return bytes.every((byte, i) => head[at + i] === byte)
}

const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'])
const avifBrands = new Set(['avif', 'avis'])
/** Brands that say "an HEIF container" and leave the codec open. */
const containerBrands = new Set(['mif1', 'mif2', 'msf1', 'miaf'])

/** ISO/IEC 14496-12 `ftyp`: the major brand decides, then the compatible ones. */
function sniffBrands(head: Uint8Array): ImageFormat | null {
  if (ascii(head, 4, 8) !== 'ftyp') return null
  const size = ((head[0] ?? 0) << 24) | ((head[1] ?? 0) << 16) | ((head[2] ?? 0) << 8) | (head[3] ?? 0)
  const brands = [ascii(head, 8, 12)]
  for (let at = 16; at + 4 <= Math.min(size, head.length); at += 4) brands.push(ascii(head, at, at + 4))
  const major = brands[0] ?? ''
  if (avifBrands.has(major)) return 'avif'
  if (heicBrands.has(major)) return 'heic'
  if (!containerBrands.has(major)) return null
  if (brands.some((brand) => avifBrands.has(brand))) return 'avif'
  return 'heic'
}

/** Camera raw files that begin like a TIFF, told by their own marks (Canon CR2, and what raw makers put in byte 8). */
function isTiffRaw(head: Uint8Array): boolean {
  return ascii(head, 8, 10) === 'CR' || ascii(head, 8, 12) === 'HEAP'
}

function isBmp(head: Uint8Array): boolean {
  if (!startsWith(head, [0x42, 0x4d])) return false
  const headerSize = (head[14] ?? 0) | ((head[15] ?? 0) << 8) | ((head[16] ?? 0) << 16) | ((head[17] ?? 0) << 24)
  return [12, 16, 40, 52, 56, 64, 108, 124].includes(headerSize)
}

/**
 * The picture format told from the first bytes (64 or more), never from the name. Null for anything that this release does
 * not decode. A camera raw file that is a TIFF by its first bytes (NEF, DNG, ARW) is 'tiff' here; decoding tells it apart.
 */
export function sniffFormat(head: Uint8Array): ImageFormat | null {
  if (startsWith(head, [0xff, 0xd8, 0xff])) return 'jpeg'
  if (startsWith(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png'
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'webp'
  if (['GIF87a', 'GIF89a'].includes(ascii(head, 0, 6))) return 'gif'
  const tiff = [
    [0x49, 0x49, 0x2a, 0],
    [0x4d, 0x4d, 0, 0x2a],
    [0x49, 0x49, 0x2b, 0],
    [0x4d, 0x4d, 0, 0x2b],
  ].some((mark) => startsWith(head, mark))
  if (tiff) return isTiffRaw(head) ? null : 'tiff'
  if (isBmp(head)) return 'bmp'
  return sniffBrands(head)
}

const decodedExtensions = 'jpg jpeg jpe jfif png webp avif heic heif hif tif tiff gif bmp dib'
const rawExtensions = '3fr arw cr2 cr3 crw dng erf iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f'
const otherExtensions = 'jxl jp2 j2k psd psb svg ico tga exr hdr'
const promised = new Set(`${decodedExtensions} ${rawExtensions} ${otherExtensions}`.split(' '))
const raw = new Set(rawExtensions.split(' '))

function extension(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot < 1 ? '' : name.slice(dot + 1).toLowerCase()
}

/** Whether a file's name promises a picture: such a file is listed when it is none, others are passed over silently. */
export function looksLikePhotoName(name: string): boolean {
  return promised.has(extension(name))
}

/** Pictures that this release knows by sight and does not decode. */
function unsupportedKind(head: Uint8Array, name: string): string | null {
  if (raw.has(extension(name))) return `a camera raw file (${extension(name).toUpperCase()})`
  if (isTiffRaw(head) || ascii(head, 0, 8) === 'FUJIFILM' || ascii(head, 4, 11) === 'ftypcrx')
    return 'a camera raw file'
  if (ascii(head, 0, 4) === 'FOVb' || startsWith(head, [0x49, 0x49, 0x55, 0]) || ascii(head, 0, 4) === 'IIRO') {
    return 'a camera raw file'
  }
  if (startsWith(head, [0xff, 0x0a]) || ascii(head, 4, 8) === 'JXL ') return 'a JPEG XL picture'
  if (ascii(head, 4, 8) === 'jP  ' || startsWith(head, [0xff, 0x4f, 0xff, 0x51])) return 'a JPEG 2000 picture'
  if (ascii(head, 0, 4) === '8BPS') return 'a Photoshop document'
  if (/^(﻿|ï»¿)?\s*(<\?xml[^>]*>\s*)?<svg/i.test(ascii(head, 0, head.length)) || extension(name) === 'svg') {
    return 'a drawing (SVG)'
  }
  return null
}

/** Why a file with a picture's name is not read: the code and a sentence for the person. */
export function describeNonImage(head: Uint8Array, name: string): { code: UnreadableCode; message: string } {
  if (head.length === 0) return { code: 'empty', message: 'The file is empty.' }
  const kind = unsupportedKind(head, name)
  if (kind !== null)
    return { code: 'unsupported-format', message: `This is ${kind}, which Twinlens does not read yet.` }
  const blank = head.every((byte) => byte === 0)
  return {
    code: 'not-an-image',
    message: blank
      ? 'The file begins with zeros only: a damaged copy, not a picture.'
      : 'The name promises a picture, but the content is something else.',
  }
}
