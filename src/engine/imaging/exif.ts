import { tiffOrder } from './tiff-directories.ts'

/** The EXIF fields that Twinlens reads (CIPA DC-008, "Exif 3.0"), as written; what a file does not carry is missing. */
export interface ExifFields {
  make?: string
  model?: string
  software?: string
  dateTimeOriginal?: string
  dateTimeDigitized?: string
  offsetTime?: string
  offsetTimeOriginal?: string
  offsetTimeDigitized?: string
  subSecTimeOriginal?: string
  subSecTimeDigitized?: string
  lensModel?: string
  latitudeRef?: string
  longitudeRef?: string
  rating?: number[]
  /** EXIF orientation 1–8. */
  orientation?: number[]
  /** Degrees, minutes, seconds; NaN for a division by zero. */
  latitude?: number[]
  longitude?: number[]
}

type TextField = Exclude<keyof ExifFields, NumberField>
type NumberField = 'rating' | 'orientation' | 'latitude' | 'longitude'

/*
 * Only the wanted tags are read, and a bounded number of values of each. Reading every tag that a hostile block declares, as
 * general readers do, can take minutes and gigabytes: five thousand entries that each claim the whole block.
 */
const textTags: ReadonlyMap<number, TextField> = new Map([
  [0x010f, 'make'],
  [0x0110, 'model'],
  [0x0131, 'software'],
  [0x9003, 'dateTimeOriginal'],
  [0x9004, 'dateTimeDigitized'],
  [0x9010, 'offsetTime'],
  [0x9011, 'offsetTimeOriginal'],
  [0x9012, 'offsetTimeDigitized'],
  [0x9291, 'subSecTimeOriginal'],
  [0x9292, 'subSecTimeDigitized'],
  [0xa434, 'lensModel'],
])
const numberTags: ReadonlyMap<number, NumberField> = new Map([
  [0x0112, 'orientation'],
  [0x4746, 'rating'],
])
const gpsTextTags: ReadonlyMap<number, TextField> = new Map([
  [1, 'latitudeRef'],
  [3, 'longitudeRef'],
])
const gpsNumberTags: ReadonlyMap<number, NumberField> = new Map([
  [2, 'latitude'],
  [4, 'longitude'],
])
const exifDirectory = 0x8769
const gpsDirectory = 0x8825
const mostEntries = 512
const mostText = 1024
const mostNumbers = 3

/** A TIFF structure in either byte order; reading outside it throws RangeError. */
interface Block {
  bytes: Buffer
  short(at: number): number
  long(at: number): number
}

function openBlock(source: Buffer): Block | null {
  const bytes = source.toString('latin1', 0, 6) === 'Exif\0\0' ? source.subarray(6) : source
  const numbers = tiffOrder(bytes)
  return numbers && { bytes, ...numbers }
}

/** Bytes of one value by TIFF type: 1 byte, 2 text, 3 short, 4 long, 5 rational, 7 undefined, 9 and 10 signed. */
const typeBytes: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8 }

function readText({ bytes, long }: Block, entry: number, count: number): string {
  const at = count <= 4 ? entry + 8 : long(entry + 8)
  const raw = bytes.subarray(at, at + Math.min(count, mostText))
  const end = raw.indexOf(0)
  return raw.toString('utf8', 0, end < 0 ? raw.length : end)
}

function readNumbers({ bytes, short, long }: Block, entry: number, type: number, count: number): number[] {
  const size = typeBytes[type] ?? 1
  const at = size * count <= 4 ? entry + 8 : long(entry + 8)
  return Array.from({ length: Math.min(count, mostNumbers) }, (_, i) => {
    const from = at + i * size
    if (type === 3) return short(from)
    if (type === 4) return long(from)
    if (type === 9) return long(from) | 0
    if (type === 5) return long(from) / long(from + 4)
    if (type === 10) return (long(from) | 0) / (long(from + 4) | 0)
    return bytes.readUInt8(from)
  })
}

function readDirectory(
  block: Block,
  directory: number,
  tags: { text: ReadonlyMap<number, TextField>; numbers: ReadonlyMap<number, NumberField> },
  fields: ExifFields,
): Map<number, number> {
  const nested = new Map<number, number>()
  const count = Math.min(block.short(directory), mostEntries)
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i
    if (entry + 12 > block.bytes.length) break
    const tag = block.short(entry)
    const text = tags.text.get(tag)
    const numbers = tags.numbers.get(tag)
    try {
      const type = block.short(entry + 2)
      const values = block.long(entry + 4)
      if (text !== undefined && (type === 2 || type === 7)) fields[text] ??= readText(block, entry, values)
      if (numbers !== undefined) fields[numbers] ??= readNumbers(block, entry, type, values)
      if (tag === exifDirectory || tag === gpsDirectory) nested.set(tag, block.long(entry + 8))
    } catch {
      // One value that points outside the block does not spoil the others.
    }
  }
  return nested
}

const main = { text: textTags, numbers: numberTags }
const place = { text: gpsTextTags, numbers: gpsNumberTags }

function inside(read: () => void): void {
  try {
    read()
  } catch {
    // A directory that lies outside the block.
  }
}

/** Reads a TIFF structure whose first directory is the GPS one (Canon's CR3). Never throws. */
export function readPlace(source: Buffer): ExifFields {
  const fields: ExifFields = {}
  inside(() => {
    const block = openBlock(source)
    if (block !== null) readDirectory(block, block.long(4), place, fields)
  })
  return fields
}

/**
 * Reads an EXIF block (with or without its `Exif\0\0` mark) or a whole TIFF file. What is broken is missing from the result;
 * never throws, and takes time in proportion to a few hundred entries whatever the block claims.
 */
export function readExif(source: Buffer): ExifFields {
  const fields: ExifFields = {}
  inside(() => {
    const block = openBlock(source)
    if (block === null) return
    const nested = readDirectory(block, block.long(4), main, fields)
    const exif = nested.get(exifDirectory)
    const gps = nested.get(gpsDirectory)
    if (exif !== undefined) inside(() => readDirectory(block, exif, main, fields))
    if (gps !== undefined) inside(() => readDirectory(block, gps, place, fields))
  })
  return fields
}
