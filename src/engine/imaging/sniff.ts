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

/**
 * Camera raw files that their first bytes give away: Canon's CR2 (a TIFF with a mark of its own), CRW and CR3, Phase One's IIQ, Fujifilm's RAF,
 * Olympus' ORF, Panasonic's and Leica's RW2, Minolta's MRW, Sigma's X3F.
 */
function isRaw(head: Uint8Array): boolean {
  const start = ascii(head, 0, 4)
  return (
    (start === 'II*\0' && (ascii(head, 8, 10) === 'CR' || ascii(head, 8, 12) === 'IIII')) ||
    ascii(head, 6, 14) === 'HEAPCCDR' ||
    ascii(head, 4, 12) === 'ftypcrx ' ||
    ascii(head, 0, 15) === 'FUJIFILMCCD-RAW' ||
    ['IIRO', 'IIRS', 'MMOR', 'IIU\0', '\0MRM', 'FOVb'].includes(start)
  )
}

function isJxl(head: Uint8Array): boolean {
  return (
    startsWith(head, [0xff, 0x0a]) || startsWith(head, [0, 0, 0, 12, 0x4a, 0x58, 0x4c, 0x20, 0x0d, 0x0a, 0x87, 0x0a])
  )
}

/** ICONDIR: reserved 0, type 1, a few pictures, the first of which lies behind the directory. */
function isIcon(head: Uint8Array): boolean {
  if (!startsWith(head, [0, 0, 1, 0]) || head.length < 22) return false
  const count = (head[4] ?? 0) | ((head[5] ?? 0) << 8)
  const offset = (head[18] ?? 0) | ((head[19] ?? 0) << 8) | ((head[20] ?? 0) << 16)
  return count > 0 && count < 256 && head[9] === 0 && head[21] === 0 && offset >= 6 + 16 * count
}

function isBmp(head: Uint8Array): boolean {
  if (!startsWith(head, [0x42, 0x4d])) return false
  const headerSize = (head[14] ?? 0) | ((head[15] ?? 0) << 8) | ((head[16] ?? 0) << 16) | ((head[17] ?? 0) << 24)
  return [12, 16, 40, 52, 56, 64, 108, 124].includes(headerSize)
}

/**
 * The picture format told from the first bytes (64 or more), never from the name. Null for anything that this release does
 * not decode. A camera raw file that is a TIFF by its first bytes (NEF, DNG, ARW) is 'tiff' here, and a TGA is nothing: it takes
 * the whole file to tell (`identifyPhoto`).
 */
export function sniffFormat(head: Uint8Array): ImageFormat | null {
  if (startsWith(head, [0xff, 0xd8, 0xff])) return 'jpeg'
  if (startsWith(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png'
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'webp'
  if (['GIF87a', 'GIF89a'].includes(ascii(head, 0, 6))) return 'gif'
  if (isRaw(head)) return 'raw'
  if (isJxl(head)) return 'jxl'
  if (ascii(head, 0, 4) === '8BPS') return 'psd'
  if (isIcon(head)) return 'ico'
  const tiff = [
    [0x49, 0x49, 0x2a, 0],
    [0x4d, 0x4d, 0, 0x2a],
    [0x49, 0x49, 0x2b, 0],
    [0x4d, 0x4d, 0, 0x2b],
  ].some((mark) => startsWith(head, mark))
  if (tiff) return 'tiff'
  if (isBmp(head)) return 'bmp'
  return sniffBrands(head)
}

const decodedExtensions = 'jpg jpeg jpe jfif png webp avif heic heif hif tif tiff gif bmp dib jxl psd psb tga ico'
const rawExtensions =
  '3fr arw cr2 cr3 crw dcr dng erf fff gpr iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f'
const otherExtensions = 'jp2 j2k svg exr hdr'
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
  if (raw.has(extension(name))) return `a camera raw file of an unknown kind (${extension(name).toUpperCase()})`
  if (ascii(head, 4, 8) === 'jP  ' || startsWith(head, [0xff, 0x4f, 0xff, 0x51])) return 'a JPEG 2000 picture'
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
