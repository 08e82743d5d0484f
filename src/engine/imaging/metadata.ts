import type { PhotoMetadata } from '../../shared/contract/photo.ts'
import { readExif, type ExifFields } from './exif.ts'
import { readXmp, type XmpFields } from './xmp.ts'

/** Text for a person: padding and control characters go, and nothing but them is nothing. */
function textOf(value: string | null | undefined): string | null {
  const clean = (value ?? '').replaceAll(/\p{Cc}/gu, ' ').trim()
  return clean === '' ? null : clean.slice(0, 200)
}

function isRealDate(year: number, month: number, day: number, hour: number, minute: number, second: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day))
  // Photography is older than 1826 nowhere; a camera whose clock was never set writes 0000:00:00.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year >= 1826 && year < 2200
  return exists && hour < 24 && minute < 60 && second < 60
}

/** `YYYY-MM-DDTHH:mm:ss[.sss]` from the same or EXIF's `YYYY:MM:DD HH:mm:ss`; null for a date that cannot be. */
function localTime(text: string, subSeconds: string | null): string | null {
  const parts = /^(\d{4})[:-](\d{2})[:-](\d{2})[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?/.exec(text)
  if (parts === null) return null
  const [year, month, day, hour, minute, second = '00'] = parts.slice(1)
  if (!isRealDate(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second))) return null
  const fraction = /^\d+/.exec(subSeconds ?? parts[7] ?? '')?.[0]
  const millis = fraction === undefined ? '' : `.${fraction.padEnd(3, '0').slice(0, 3)}`
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${millis}`
}

function offsetOf(text: string | null): string | null {
  if (text === null) return null
  if (text === 'Z') return '+00:00'
  const parts = /^([+-])(\d{2}):(\d{2})$/.exec(text)
  return parts !== null && Number(parts[2]) <= 14 && Number(parts[3]) < 60 ? text : null
}

function takenFromExif(exif: ExifFields): Pick<PhotoMetadata, 'takenAt' | 'utcOffset'> {
  const sources = [
    [exif.dateTimeOriginal, exif.subSecTimeOriginal, exif.offsetTimeOriginal],
    [exif.dateTimeDigitized, exif.subSecTimeDigitized, exif.offsetTimeDigitized],
  ] as const
  for (const [date, subSeconds, offset] of sources) {
    const takenAt = date === undefined ? null : localTime(date, textOf(subSeconds))
    if (takenAt !== null) return { takenAt, utcOffset: offsetOf(textOf(offset) ?? textOf(exif.offsetTime)) }
  }
  return { takenAt: null, utcOffset: null }
}

/** Degrees from degrees, minutes, seconds and a hemisphere; null unless it is a place on Earth. */
function degrees(
  parts: number[] | undefined,
  reference: string | undefined,
  sides: string,
  most: number,
): number | null {
  const hemisphere = textOf(reference)?.toUpperCase() ?? ''
  if (parts === undefined || hemisphere.length !== 1 || !sides.includes(hemisphere)) return null
  // Cameras without seconds write 0/0 for them.
  const [whole = Number.NaN, minutes = 0, seconds = 0] = parts
  const size = whole + (Number.isFinite(minutes) ? minutes / 60 : 0) + (Number.isFinite(seconds) ? seconds / 3600 : 0)
  if (!(size >= 0 && size <= most)) return null
  return hemisphere === sides[1] && size !== 0 ? -size : size
}

function placeOf(exif: ExifFields): Pick<PhotoMetadata, 'latitude' | 'longitude'> {
  const latitude = degrees(exif.latitude, exif.latitudeRef, 'NS', 90)
  const longitude = degrees(exif.longitude, exif.longitudeRef, 'EW', 180)
  // Half a place is none, and 0, 0 is what a receiver without a fix writes.
  if (latitude === null || longitude === null || (latitude === 0 && longitude === 0)) {
    return { latitude: null, longitude: null }
  }
  return { latitude, longitude }
}

function ratingOf(rating: number | undefined): number | null {
  return rating !== undefined && rating >= -1 && rating <= 5 ? rating : null
}

function fromExif(exif: ExifFields): PhotoMetadata {
  return {
    ...takenFromExif(exif),
    cameraMake: textOf(exif.make),
    cameraModel: textOf(exif.model),
    lens: textOf(exif.lensModel),
    ...placeOf(exif),
    software: textOf(exif.software),
    rating: ratingOf(exif.rating?.[0]),
  }
}

function withXmp(metadata: PhotoMetadata, xmp: XmpFields): PhotoMetadata {
  const date = metadata.takenAt === null ? (xmp.dateTimeOriginal ?? xmp.dateCreated ?? xmp.createDate) : null
  const takenAt = date === null ? null : localTime(date, null)
  const zone = date === null || takenAt === null ? null : (/(Z|[+-]\d{2}:\d{2})$/.exec(date)?.[0] ?? null)
  return {
    ...metadata,
    takenAt: metadata.takenAt ?? takenAt,
    utcOffset: metadata.utcOffset ?? offsetOf(zone),
    cameraMake: metadata.cameraMake ?? textOf(xmp.make),
    cameraModel: metadata.cameraModel ?? textOf(xmp.model),
    lens: metadata.lens ?? textOf(xmp.lens),
    software: metadata.software ?? textOf(xmp.creatorTool),
    // Photo managers keep the rating in XMP and leave an old one in EXIF.
    rating: ratingOf(xmp.rating === null ? undefined : Number.parseFloat(xmp.rating)) ?? metadata.rating,
  }
}

/**
 * What a photo's EXIF (a block, or what was read of it) and XMP say. A block that is broken gives nothing and never fails the
 * photo; dates that do not exist, places off the Earth and ratings outside −1…5 are left out.
 */
export function readMetadata(exif: Buffer | ExifFields | null, xmp: Buffer | null): PhotoMetadata {
  const metadata = fromExif(Buffer.isBuffer(exif) ? readExif(exif) : (exif ?? {}))
  return xmp === null ? metadata : withXmp(metadata, readXmp(xmp))
}
