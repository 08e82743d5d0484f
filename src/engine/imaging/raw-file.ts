import { TwinlensError } from '../../shared/errors.ts'
import { readExif, readPlace, type ExifFields } from './exif.ts'
import { readBoxes } from './iso-boxes.ts'
import { findPreview } from './raw-preview.ts'
import { readTiffDirectories, tiffOrder, type TiffDirectory } from './tiff-directories.ts'

/**
 * [Note: Camera raw files]
 *
 * A raw file is compared by the JPEG that the camera put into it: what its makers, file managers and photo tools show of it.
 * Developing the sensor's data would need a library for each maker and gives a picture that matches no JPEG of the same shot.
 * Preview and metadata are found by walking the file's own structures. ExifTool knows more fields of more makers, yet none
 * that Twinlens reads: capture time, camera, lens and place stand in the EXIF directories that raw files of this century carry
 * (CIFF, which Canon left in 2004, is the exception). For that it would be a Perl program of 22 MB in a process to be started,
 * batched, bounded and done without where there is no Perl.
 */
export interface RawFile {
  /** The largest JPEG inside. */
  preview: Buffer
  /** Pixels of the developed photo as stored, where the file tells; else of the preview. */
  width: number
  height: number
  /** EXIF orientation of the container; null where it says none. */
  orientation: number | null
  exif: ExifFields
  xmp: Buffer | null
}

const tags = {
  newSubfileType: 254,
  width: 256,
  height: 257,
  compression: 259,
  photometric: 262,
  orientation: 274,
  subDirectories: 330,
  xmp: 700,
  dngVersion: 50_706,
}
/** Photometric interpretations of sensor data: colour filter array (TIFF/EP), linear raw (DNG). */
const sensorPhotometrics = new Set([32_803, 34_892])
/** Compressions that only raw files have: Kodak, Sony, Samsung, Nikon, Pentax. */
const sensorCompressions = new Set([262, 32_767, 32_769, 32_770, 34_713, 65_000, 65_535])

/**
 * Whether a TIFF by its first bytes is a camera raw file: it carries DNG's version (DNG 1.7 section 4), holds sensor data, or its
 * first directory is a reduced picture that points to others (NEF, ARW). Its first picture is then only a preview.
 */
export function isTiffRawFile(bytes: Buffer): boolean {
  if (bytes.length < 10 || tiffOrder(bytes)?.short(2) !== 42) return false // BigTIFF: no camera writes it.
  const directories = readTiffDirectories(bytes)
  const [first] = directories
  if (first === undefined) return false
  const isReduced = ((first.value(tags.newSubfileType) ?? 0) & 1) === 1
  if (first.has(tags.dngVersion) || (isReduced && first.has(tags.subDirectories))) return true
  return directories.some(
    (directory) =>
      sensorPhotometrics.has(directory.value(tags.photometric) ?? 0) ||
      sensorCompressions.has(directory.value(tags.compression) ?? 0),
  )
}

/** Less than this cannot be compared. */
const leastSide = 32

/**
 * Opens a camera raw file. Throws `unsupported-format` where it holds no preview, `truncated` where the file ends before it.
 */
export function openRawFile(bytes: Buffer): RawFile {
  const directories = readTiffDirectories(bytes)
  const preview = findPreview(bytes, directories)
  if (preview === null || Math.min(preview.width, preview.height) < leastSide) {
    throw new TwinlensError(
      'unsupported-format',
      'This camera raw file holds no preview picture that could be compared, or was cut short before it.',
    )
  }
  const { exif, xmp } = metadataOf(bytes, directories, preview.bytes)
  const orientation = directories
    .map((directory) => directory.value(tags.orientation))
    .find((each) => each !== undefined)
  return {
    preview: preview.bytes,
    ...developedSize(directories, preview),
    orientation: orientation ?? exif.orientation?.[0] ?? null,
    exif,
    xmp,
  }
}

/** Two sizes whose aspect ratios differ by less are of one picture: sensors have a few rows more than their pictures. */
const aspectTolerance = 0.03
const largestArea = 1_000_000_000

/** The largest size in the directories that has the preview's shape. */
function developedSize(directories: readonly TiffDirectory[], preview: { width: number; height: number }) {
  let best = { width: preview.width, height: preview.height }
  for (const directory of directories) {
    const [width = 0, height = 0] = [directory.value(tags.width), directory.value(tags.height)]
    const area = width * height
    if (area <= best.width * best.height || area > largestArea) continue
    const stretch = (width / height) * (preview.height / preview.width)
    if (Math.abs(stretch - 1) < aspectTolerance) best = { width, height }
  }
  return best
}

/** Boxes of Canon's CR3, by uuid: TIFF structures of the camera's directory, of EXIF and GPS; an XMP packet. */
const canonBox = '85c0b687820f11e08111f4ce462b6a48'
const xmpBox = 'be7acfcb97a942e89c71999491e3afac'

function metadataOf(
  bytes: Buffer,
  directories: readonly TiffDirectory[],
  preview: Buffer,
): { exif: ExifFields; xmp: Buffer | null } {
  if (directories.length > 0) {
    const xmp = directories.map((directory) => directory.data(tags.xmp)).find((data) => data !== undefined)
    return { exif: readExif(bytes), xmp: xmp ?? null }
  }
  if (bytes.toString('latin1', 4, 8) === 'ftyp') {
    const boxes = readBoxes(bytes)
    const moov = boxes.find((box) => box.type === 'moov')?.content ?? Buffer.alloc(0)
    const canon = readBoxes(moov).find((box) => box.uuid === canonBox)?.content ?? Buffer.alloc(0)
    const blocks = new Map(readBoxes(canon).map((box) => [box.type, box.content]))
    const read = (name: string): ExifFields => readExif(blocks.get(name) ?? Buffer.alloc(0))
    const exif = { ...readPlace(blocks.get('CMT4') ?? Buffer.alloc(0)), ...read('CMT2'), ...read('CMT1') }
    return { exif, xmp: boxes.find((box) => box.uuid === xmpBox)?.content ?? null }
  }
  return {
    exif: readExif(tiffBlockOf(bytes) ?? exifSegmentOf(bytes) ?? exifSegmentOf(preview) ?? Buffer.alloc(0)),
    xmp: null,
  }
}

/** Minolta's MRW keeps its TIFF structure in a block called TTW. */
function tiffBlockOf(bytes: Buffer): Buffer | null {
  if (bytes.toString('latin1', 0, 4) !== '\0MRM') return null
  const at = bytes.subarray(0, 4096).indexOf('\0TTW', 0, 'latin1')
  return at < 0 ? null : bytes.subarray(at + 8)
}

/** The EXIF segment of a JPEG, which cameras put first or second. */
function exifSegmentOf(jpeg: Buffer): Buffer | null {
  const at = jpeg.subarray(0, 4096).indexOf('Exif\0\0', 0, 'latin1')
  return at < 0 ? null : jpeg.subarray(at)
}
