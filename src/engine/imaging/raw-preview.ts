import type { TiffDirectory } from './tiff-directories.ts'
import { boxesAt, readBoxes } from './iso-boxes.ts'

/** A JPEG picture inside another file. */
export interface EmbeddedJpeg {
  bytes: Buffer
  /** Pixels as stored. */
  width: number
  height: number
}

const startOfScan = 0xda
/** A picture's segments before its size: a dozen in cameras' files. */
const mostSegments = 200

/**
 * The JPEG that starts at `from`, up to `to`: baseline, extended or progressive, 8 bits, one or three components (raw sensor
 * data is often lossless JPEG, which is no picture). Null where there is none.
 */
function jpegAt(file: Buffer, from: number, to: number): EmbeddedJpeg | null {
  const end = Math.min(to, file.length)
  if (from < 0 || from + 4 > end || file.readUIntBE(from, 3) !== 0xffd8ff) return null
  let at = from + 2
  for (let segments = 0; segments < mostSegments && at + 10 <= end; segments++) {
    if (file[at] !== 0xff) return null
    const marker = file[at + 1] ?? 0
    const length = file.readUInt16BE(at + 2)
    if (marker < 0xc0 || marker === startOfScan || length < 2) return null
    if (marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const [bits, components] = [file[at + 4], file[at + 9]]
      if (marker > 0xc2 || bits !== 8 || (components !== 1 && components !== 3)) return null
      const [height, width] = [file.readUInt16BE(at + 5), file.readUInt16BE(at + 7)]
      return width > 0 && height > 0 ? { bytes: file.subarray(from, end), width, height } : null
    }
    at += 2 + length
  }
  return null
}

const tags = {
  compression: 259,
  stripOffsets: 273,
  stripBytes: 279,
  jpegOffset: 513,
  jpegBytes: 514,
  /** Panasonic's and Leica's whole preview as the value of one tag. */
  jpgFromRaw: 0x2e,
}
/** TIFF's compressions that mean JPEG: the old kind, the new kind, DNG's lossy one. */
const jpegCompressions = new Set([6, 7, 34_892])

function previewsOf(file: Buffer, directory: TiffDirectory): (EmbeddedJpeg | null)[] {
  const [offset, bytes] = [directory.value(tags.jpegOffset), directory.value(tags.jpegBytes)]
  const strips = directory.values(tags.stripOffsets, 2)
  const stripBytes = directory.value(tags.stripBytes)
  const blob = directory.data(tags.jpgFromRaw)
  const isJpeg = jpegCompressions.has(directory.value(tags.compression) ?? 0)
  return [
    offset === undefined ? null : jpegAt(file, offset, bytes === undefined ? file.length : offset + bytes),
    isJpeg && strips.length === 1 && stripBytes !== undefined
      ? jpegAt(file, strips[0] ?? 0, (strips[0] ?? 0) + stripBytes)
      : null,
    blob === undefined ? null : jpegAt(blob, 0, blob.length),
  ]
}

/** Fujifilm's RAF: where its JPEG stands is written at byte 84. */
function fujifilmPreview(file: Buffer): EmbeddedJpeg | null {
  if (file.toString('latin1', 0, 8) !== 'FUJIFILM' || file.length < 92) return null
  const offset = file.readUInt32BE(84)
  return jpegAt(file, offset, offset + file.readUInt32BE(88))
}

/** Canon's CR3: the JPEG of full size is the only sample of the first track. */
function trackPreviews(file: Buffer): (EmbeddedJpeg | null)[] {
  return boxesAt(file, 'moov', 'trak', 'mdia', 'minf', 'stbl').map((table) => {
    const boxes = new Map(readBoxes(table).map((box) => [box.type, box.content]))
    const [sizes, wide, narrow] = [boxes.get('stsz'), boxes.get('co64'), boxes.get('stco')]
    if (sizes === undefined || sizes.length < 12) return null
    const offset =
      wide !== undefined && wide.length >= 16
        ? Number(wide.readBigUInt64BE(8))
        : narrow !== undefined && narrow.length >= 12
          ? narrow.readUInt32BE(8)
          : -1
    // One size for all samples, or a table of them.
    const size = sizes.readUInt32BE(4) || (sizes.length >= 16 ? sizes.readUInt32BE(12) : 0)
    return jpegAt(file, offset, offset + size)
  })
}

/** Starts of JPEGs that a scan looks at; noise of 100 MB holds six by chance. */
const mostStarts = 4_096
const mostFound = 64
const jpegStart = Buffer.from([0xff, 0xd8, 0xff])
const jpegEnd = Buffer.from([0xff, 0xd9])

/** Every JPEG by its first bytes, wherever it stands: for makers' notes and formats that are not known here. */
function scanForPreviews(file: Buffer): EmbeddedJpeg[] {
  const found: EmbeddedJpeg[] = []
  let at = file.indexOf(jpegStart)
  for (let starts = 0; at >= 0 && starts < mostStarts && found.length < mostFound; starts++) {
    const jpeg = jpegAt(file, at, file.length)
    if (jpeg !== null) found.push(jpeg)
    at = file.indexOf(jpegStart, at + 3)
  }
  return found
}

/** Ends a JPEG that was found by its start only: after its last scan. */
function cutAtEnd(jpeg: EmbeddedJpeg): EmbeddedJpeg {
  // Picture data stuffs every FF, and a thumbnail inside ends before the first scan of the picture.
  let at = 2
  for (let segments = 0; segments < mostSegments && at + 4 <= jpeg.bytes.length; segments++) {
    const isScan = jpeg.bytes[at + 1] === startOfScan
    at += 2 + jpeg.bytes.readUInt16BE(at + 2)
    if (isScan) break
  }
  const end = jpeg.bytes.indexOf(jpegEnd, at)
  return end < 0 ? jpeg : { ...jpeg, bytes: jpeg.bytes.subarray(0, end + 2) }
}

/** A preview with less on its shorter side sends the search on. Cameras' thumbnails have 120. */
const goodSide = 300

/**
 * The largest JPEG in a camera raw file: by the structures of TIFF (NEF, CR2, ARW, DNG, PEF, SRW, ORF, RW2), RAF and CR3; where
 * these give no more than a thumbnail, by its first bytes (previews in makers' notes; X3F, MRW, CRW). Null where there is none.
 * Reads each byte of the file at most twice and never throws.
 */
export function findPreview(file: Buffer, directories: readonly TiffDirectory[]): EmbeddedJpeg | null {
  const structured = [
    ...directories.flatMap((directory) => previewsOf(file, directory)),
    fujifilmPreview(file),
    ...trackPreviews(file),
  ]
  const best = largest(structured)
  if (best !== null && Math.min(best.width, best.height) >= goodSide) return best
  const scanned = largest(scanForPreviews(file))
  if (scanned === null || (best !== null && areaOf(best) >= areaOf(scanned))) return best
  return cutAtEnd(scanned)
}

function areaOf({ width, height }: EmbeddedJpeg): number {
  return width * height
}

function largest(found: readonly (EmbeddedJpeg | null)[]): EmbeddedJpeg | null {
  let best: EmbeddedJpeg | null = null
  for (const each of found) if (each !== null && (best === null || areaOf(each) > areaOf(best))) best = each
  return best
}
