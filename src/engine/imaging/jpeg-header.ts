import type { Metadata } from 'sharp'
import { readExif } from './exif.ts'
import type { JpegFile } from './jpeg-file.ts'

/** What is asked of a file's header, in sharp's words. */
export type FileHeader = Pick<
  Metadata,
  'width' | 'height' | 'space' | 'isProgressive' | 'orientation' | 'pagePrimary' | 'icc' | 'exif' | 'xmp'
>

/**
 * The header of a usual JPEG from its segments, as sharp would tell it after opening the file once more: a twentieth of what a
 * photo costs beside its decoding. Null where sharp must be asked: for anything unusual or ambiguous, and for photos that have
 * to be turned, since the decoder goes by its own reading of the orientation.
 */
export function readJpegHeader(jpeg: JpegFile): FileHeader | null {
  const { width, height, progressive, usual, exif, xmp } = jpeg
  if (!usual || width === 0 || height === 0 || exif.length > 1 || xmp.length > 1) return null
  if (exif[0] !== undefined && (readExif(exif[0]).orientation?.[0] ?? 1) !== 1) return null
  const icc = joinProfile(jpeg.profile)
  if (icc === null) return null
  return {
    width,
    height,
    space: 'srgb',
    isProgressive: progressive,
    ...(icc.length === 0 ? {} : { icc }),
    ...(exif[0] === undefined ? {} : { exif: exif[0] }),
    ...(xmp[0] === undefined ? {} : { xmp: xmp[0] }),
  }
}

/** Bytes before the profile's own in each piece: mark, number of the piece, how many there are (ICC.1:2022 B.4). */
const pieceHead = 14

/** The profile of its pieces in order; empty when there is none, null when a piece is missing, doubled or out of order. */
function joinProfile(pieces: readonly Buffer[]): Buffer | null {
  const whole = pieces.every((piece, i) => piece[12] === i + 1 && piece[13] === pieces.length)
  return whole ? Buffer.concat(pieces.map((piece) => piece.subarray(pieceHead))) : null
}
