import exifReader from 'exif-reader'
import { emptyMetadata, type PhotoMetadata } from '../../shared/contract/photo.ts'
import { readXmp, type XmpFields } from './xmp.ts'

type Tags = Record<string, unknown>

/** EXIF text: exif-reader gives bytes where a camera wrote more than ASCII. Padding and control characters go. */
function textOf(value: unknown): string | null {
  let text: string
  if (typeof value === 'string') text = value
  else if (value instanceof Uint8Array) text = Buffer.from(value).toString('utf8')
  else return null
  const end = text.indexOf('\0')
  const clean = (end < 0 ? text : text.slice(0, end)).replaceAll(/\p{Cc}/gu, ' ').trim()
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

/** exif-reader makes a Date of UTC parts, rolling impossible ones over; back to EXIF's text, and null if it was rolled. */
function exifDate(value: unknown, exif: Buffer): string | null {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return null
  const text = value.toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', ':')
  return exif.includes(text, 0, 'latin1') ? text : null
}

function takenFromExif(image: Tags, photo: Tags, exif: Buffer): Pick<PhotoMetadata, 'takenAt' | 'utcOffset'> {
  const sources = [
    [photo['DateTimeOriginal'], photo['SubSecTimeOriginal'], photo['OffsetTimeOriginal']],
    [photo['DateTimeDigitized'], photo['SubSecTimeDigitized'], photo['OffsetTimeDigitized']],
  ] as const
  for (const [date, subSeconds, offset] of sources) {
    const text = exifDate(date, exif)
    const takenAt = text === null ? null : localTime(text, textOf(subSeconds))
    if (takenAt !== null) return { takenAt, utcOffset: offsetOf(textOf(offset) ?? textOf(photo['OffsetTime'])) }
  }
  // Some scanners and old phones write their only date here.
  const only = exifDate(image['DateTimeOriginal'], exif)
  return { takenAt: only === null ? null : localTime(only, null), utcOffset: null }
}

/** Degrees from degrees, minutes, seconds and a hemisphere; null unless it is a place on Earth. */
function degrees(value: unknown, reference: unknown, positive: string, negative: string, most: number): number | null {
  if (!Array.isArray(value) || value.length < 1) return null
  const [whole, minutes = 0, seconds = 0] = value.map(Number)
  const hemisphere = textOf(reference)?.toUpperCase()
  if (hemisphere !== positive && hemisphere !== negative) return null
  const size =
    (whole ?? Number.NaN) +
    (Number.isFinite(minutes) ? minutes : 0) / 60 +
    (Number.isFinite(seconds) ? seconds : 0) / 3600
  if (!(size >= 0 && size <= most)) return null
  return hemisphere === negative && size !== 0 ? -size : size
}

function placeOf(gps: Tags): Pick<PhotoMetadata, 'latitude' | 'longitude'> {
  const latitude = degrees(gps['GPSLatitude'], gps['GPSLatitudeRef'], 'N', 'S', 90)
  const longitude = degrees(gps['GPSLongitude'], gps['GPSLongitudeRef'], 'E', 'W', 180)
  // Half a place is none, and 0, 0 is what a receiver without a fix writes.
  if (latitude === null || longitude === null || (latitude === 0 && longitude === 0)) {
    return { latitude: null, longitude: null }
  }
  return { latitude, longitude }
}

function ratingOf(value: unknown): number | null {
  const rating = typeof value === 'string' ? Number.parseFloat(value) : value
  return typeof rating === 'number' && rating >= -1 && rating <= 5 ? rating : null
}

function fromExif(exif: Buffer): PhotoMetadata {
  const tags = exifReader(exif)
  const image: Tags = tags.Image ?? {}
  const photo: Tags = tags.Photo ?? {}
  return {
    ...takenFromExif(image, photo, exif),
    cameraMake: textOf(image['Make']),
    cameraModel: textOf(image['Model']),
    lens: textOf(photo['LensModel']),
    ...placeOf(tags.GPSInfo ?? {}),
    software: textOf(image['Software']),
    rating: ratingOf(image['Rating']),
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
    rating: ratingOf(xmp.rating) ?? metadata.rating,
  }
}

/**
 * What a photo's EXIF and XMP blocks say. A block that is broken gives nothing and never fails the photo; dates that do not
 * exist, places off the Earth and ratings outside −1…5 are left out.
 */
export function readMetadata(exif: Buffer | null, xmp: Buffer | null): PhotoMetadata {
  let metadata: PhotoMetadata = { ...emptyMetadata }
  if (exif !== null) {
    try {
      metadata = fromExif(exif)
    } catch {
      // A broken EXIF block: the photo is shown without it.
    }
  }
  return xmp === null ? metadata : withXmp(metadata, readXmp(xmp))
}
