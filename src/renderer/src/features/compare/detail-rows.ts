import type { PhotoDetails } from '../../../../shared/contract/calls.ts'
import type { LinkEvidence, ReviewSection } from '../../../../shared/contract/groups.ts'
import { pairPhrases } from '../../../../shared/domain/pair-words.ts'
import { captureMs, formatBytes, formatDimensions, formatInstant } from '../../lib/format.ts'

export interface DetailRow {
  name: string
  /** One text for each photo; an empty one means that the file does not say. */
  values: string[]
  differs: boolean
}

const number = (value: number, digits: number): string =>
  new Intl.NumberFormat(undefined, { maximumFractionDigits: digits }).format(value)

function place({ latitude, longitude }: PhotoDetails['metadata']): string {
  if (latitude === null || longitude === null) return ''
  const degrees = (value: number, positive: string, negative: string): string =>
    `${number(Math.abs(value), 5)}° ${value < 0 ? negative : positive}`
  return `${degrees(latitude, 'N', 'S')}, ${degrees(longitude, 'E', 'W')}`
}

function rating(value: number | null): string {
  if (value === null) return ''
  return value < 0 ? 'rejected' : `${number(value, 0)} of 5`
}

function taken({ takenAt, utcOffset }: PhotoDetails['metadata']): string {
  const ms = captureMs(takenAt)
  if (ms === null) return ''
  return utcOffset === null ? formatInstant(ms) : `${formatInstant(ms)} (UTC${utcOffset})`
}

const fields: readonly { name: string; read(photo: PhotoDetails): string }[] = [
  { name: 'Folder', read: (photo) => photo.folder },
  { name: 'Size', read: (photo) => formatBytes(photo.bytes) },
  { name: 'Pixels', read: (photo) => formatDimensions(photo.width, photo.height) },
  { name: 'Format', read: (photo) => photo.format.toUpperCase() },
  {
    name: 'JPEG quality',
    read: (photo) => (photo.quality.jpegQuality === null ? '' : `about ${number(photo.quality.jpegQuality, 0)}`),
  },
  { name: 'Sharpness', read: (photo) => number(photo.quality.sharpness, photo.quality.sharpness < 100 ? 1 : 0) },
  { name: 'Taken', read: (photo) => taken(photo.metadata) },
  { name: 'File changed', read: (photo) => formatInstant(photo.modifiedMs) },
  {
    name: 'Camera',
    read: ({ metadata }) => [metadata.cameraMake, metadata.cameraModel].filter((part) => part !== null).join(' '),
  },
  { name: 'Lens', read: (photo) => photo.metadata.lens ?? '' },
  { name: 'Place', read: (photo) => place(photo.metadata) },
  { name: 'Software', read: (photo) => photo.metadata.software ?? '' },
  { name: 'Rating', read: (photo) => rating(photo.metadata.rating) },
  { name: 'File', read: (photo) => (photo.truncated ? 'cut short' : 'complete') },
  { name: 'Content', read: (photo) => photo.contentHash.slice(0, 12) },
]

/** What a photo is to the one that it is measured against. */
export function relationText(link: LinkEvidence | null, tier: ReviewSection): string {
  if (link === null) return tier === 'similar' ? '' : 'reference'
  return pairPhrases(link).join(', ')
}

/**
 * What is known of the photos side by side, differences marked; what no photo says is left out.
 * @param relations what each photo is to the reference, `relationText`
 */
export function detailRows(photos: readonly PhotoDetails[], relations: readonly string[]): DetailRow[] {
  return [
    { name: 'It is', values: [...relations] },
    ...fields.map(({ name, read }) => ({ name, values: photos.map(read) })),
  ]
    .filter(({ values }) => values.some((value) => value !== ''))
    .map((row) => ({ ...row, differs: new Set(row.values).size > 1 }))
}
