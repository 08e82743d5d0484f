import type { Sharp, SharpOptions } from 'sharp'
import type { ImageFormat } from '../../shared/contract/photo.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { looksCutShort } from './cut-short.ts'
import { isOutsideFormat } from './decoder-messages.ts'
import { decodeInWorker } from './decoder-pool.ts'
import { wrapWithProfile } from './icc-profile.ts'
import type { DecodeLimits } from './limits.ts'
import { orientedSize, type PhotoHeader } from './photo-header.ts'
import type { Box, RgbImage } from './resample.ts'
import { sharp } from './sharp.ts'

/**
 * [Note: The rendition]
 *
 * A photo is decoded once, into a small "rendition" of about 1.4 times the model's side, oriented, sRGB, on white; thumbnail,
 * hashes, quality and the model's pixels all come from it. A JPEG is decoded at 1/2, 1/4 or 1/8 size inside libjpeg where
 * at least 1.7 decoded pixels are left for each model pixel: less loses detail that the reference implementation keeps.
 * (Mean error in grey levels over camera photos, median and highest: 0.4 and 0.9 at 1.8, 0.6 and 1.4 at 1.5, 1.3 and 2.9
 * at 1.2.) libvips rounds a scaled picture's size down, so of a 4,507-pixel row decoded at 1/4
 * the last 3 pixels are missing; `picture` says where the whole photo would lie on the rendition, with fractions.
 */
export interface Rendition extends RgbImage {
  /** Where the whole photo lies on these pixels; reaches slightly outside where the decoder cut off an edge. */
  picture: Box
  /** The file ends early or is damaged, and this is what could be shown of it. */
  truncated: boolean
}

/**
 * Shorter side of the rendition in pixels: about 1.4 × 260 (mean error over camera photos 0.4, at most 0.65 grey levels; at
 * 1.15 × 260 up to 2.1), and such that the usual aspect ratios divided by 260 and 224 are no simple fractions, on which
 * `modelPixelsOf` could not find its grid.
 */
const shortSide = 362
/** Below this the picture is not reduced at all. */
const keepBelow = 543
/** Longer side at most: very long panoramas are squeezed. */
const longestSide = 8192
/** Pixels that a picture has to keep on its shorter side where libjpeg scales it: 1.7 × 260. */
const leastScaledShort = 442

interface Plan {
  width: number
  height: number
  /** libjpeg's reduction. */
  scale: number
}

/** The factor at which sharp (pipeline.cc) lets libjpeg scale for this reduction. */
function jpegScale(shrink: number): number {
  const scale = shrink >= 8 ? 8 : shrink >= 4 ? 4 : shrink >= 2 ? 2 : 1
  return scale > 1 && Math.floor(shrink) === scale ? scale / 2 : scale
}

/** Size of the rendition for an oriented picture of `width` × `height`. */
export function planRendition(format: ImageFormat, width: number, height: number): Plan {
  const short = Math.min(width, height)
  const target = (side: number): { width: number; height: number } => {
    const factor = Math.min(1, side / short)
    return {
      width: Math.max(1, Math.min(longestSide, Math.round(width * factor))),
      height: Math.max(1, Math.min(longestSide, Math.round(height * factor))),
    }
  }
  if (short < keepBelow) return { ...target(short), scale: 1 }
  if (format !== 'jpeg') return { ...target(shortSide), scale: 1 }
  const scale = [8, 4, 2].find((candidate) => Math.floor(short / candidate) >= leastScaledShort) ?? 1
  // sharp takes this scale only where more than one scaled pixel in `scale` is still to go; two for rounding.
  const size = scale === 1 ? target(shortSide) : target(Math.min(shortSide, Math.floor(short / (scale + 1)) - 2))
  return { ...size, scale: jpegScale(Math.min(width / size.width, height / size.height)) }
}

/** Where the whole picture lies on the oriented rendition, given what scaled decoding cut off the stored right and bottom. */
function pictureBox(header: PhotoHeader, { width, height, scale }: Plan): Box {
  const excess = (size: number): number => size / (Math.floor(size / scale) * scale)
  const { storedWidth, storedHeight, orientation } = header
  const turned = orientation >= 5
  const across = width * excess(turned ? storedHeight : storedWidth)
  const down = height * excess(turned ? storedWidth : storedHeight)
  // Stored right and bottom edges come to lie left (2, 3, 6, 7) or on top (3, 4, 7, 8).
  return {
    left: [2, 3, 6, 7].includes(orientation) ? width - across : 0,
    top: [3, 4, 7, 8].includes(orientation) ? height - down : 0,
    width: across,
    height: down,
  }
}

async function toRgb(pipeline: Sharp): Promise<RgbImage> {
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  if (channels === 3) return { data, width, height }
  const rgb = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) rgb.fill(data[i * channels] ?? 0, i * 3, i * 3 + 3)
  return { data: rgb, width, height }
}

function reduce(source: Sharp, { width, height }: Plan, format: ImageFormat): Sharp {
  // libjpeg's scaled decoding is the reference's within the bounds of [Note: The rendition]; libwebp's is not.
  const fastShrinkOnLoad = format === 'jpeg'
  const reduced = source.resize(width, height, { fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad })
  // What cannot be transparent need not be laid on white.
  return (format === 'jpeg' ? reduced : reduced.flatten({ background: '#ffffff' })).toColourspace('srgb')
}

function tooLittle(cause: unknown): TwinlensError {
  const message = 'The file is cut short; too little of the picture is left to show.'
  return new TwinlensError('truncated', message, { cause })
}

/** A sharp error in our words. `too-large` cannot come from here: sizes were checked in the header. */
function decodeFailure(error: unknown, bytes: Buffer, format: ImageFormat, seconds: number): TwinlensError {
  if (error instanceof TwinlensError) return error
  const text = error instanceof Error ? error.message : String(error)
  if (/timeout/i.test(text)) {
    return new TwinlensError('decode-timeout', `Decoding took more than ${seconds} seconds and was stopped.`, {
      cause: error,
    })
  }
  if (looksCutShort(bytes, format, error)) return tooLittle(error)
  return new TwinlensError('decode-error', `The picture is damaged and cannot be decoded (${text.split('\n')[0]}).`, {
    cause: error,
  })
}

async function decodeBySharp(bytes: Buffer, header: PhotoHeader, plan: Plan, limits: DecodeLimits): Promise<Rendition> {
  const decode = (failOn: SharpOptions['failOn']): Promise<RgbImage> => {
    const source = sharp(bytes, {
      failOn: failOn ?? 'none',
      limitInputPixels: limits.maxPixels,
      sequentialRead: true,
      ignoreIcc: !header.convertsInDecoder,
    })
    const upright = header.orientation === 1 && header.format === 'jpeg' ? source : source.autoOrient()
    return toRgb(reduce(upright, plan, header.format).timeout({ seconds: limits.seconds }))
  }
  const picture = pictureBox(header, plan)
  try {
    return { ...(await decode('truncated')), picture, truncated: false }
  } catch (error) {
    const failure = decodeFailure(error, bytes, header.format, limits.seconds)
    if (failure.code === 'decode-timeout') throw failure
    const rescued = await decode('none').catch(() => {
      throw failure
    })
    if (shownShare(rescued, header.orientation) < leastShown) throw tooLittle(error)
    return { ...rescued, picture, truncated: true }
  }
}

/** Less of a picture than this is not worth comparing. */
const leastShown = 0.1

/** Share of the picture above the flat area that decoders leave where the data ends (the stored bottom). */
function shownShare({ data, width, height }: RgbImage, orientation: number): number {
  const turned = orientation >= 5
  const lines = turned ? width : height
  const fromStart = [3, 4, 6, 7].includes(orientation)
  let flat = 0
  for (; flat < lines; flat++) {
    const line = fromStart ? flat : lines - 1 - flat
    if (!isFlatLine(data, width, turned ? { column: line, height } : { row: line })) break
  }
  return 1 - flat / lines
}

function isFlatLine(
  data: Uint8Array,
  width: number,
  line: { row: number } | { column: number; height: number },
): boolean {
  const [start, step, count] = 'row' in line ? [line.row * width, 1, width] : [line.column, width, line.height]
  for (let c = 0; c < 3; c++) {
    const first = data[start * 3 + c] ?? 0
    for (let i = 1; i < count; i++) {
      if (Math.abs((data[(start + i * step) * 3 + c] ?? 0) - first) > 2) return false
    }
  }
  return true
}

interface WorkerPixels {
  source: Sharp
  /** How much of the picture the file holds, 0–1; null for "not all of it". */
  share: number | null
}

/** Full-size pixels of what libvips does not read as a sharp source. Throws `too-large`, `truncated`, `decode-error`, … */
export async function decodeOutside(
  bytes: Buffer,
  header: PhotoHeader,
  limits: DecodeLimits,
  signal: AbortSignal | undefined,
): Promise<WorkerPixels> {
  const kind = isOutsideFormat(header.format) ? header.format : 'heic'
  const maxPixels = Math.min(limits.maxPixels, limits.maxBufferedPixels)
  // A copy of these bytes alone: a view would take all of the memory that it is a part of to the worker.
  const request = { kind, bytes: new Uint8Array(bytes), page: header.page, maxPixels } as const
  const reply = await decodeInWorker(request, { seconds: limits.seconds, signal })
  if (!reply.ok) {
    if (reply.tooLarge !== null) {
      const { width, height } = reply.tooLarge
      throw new TwinlensError('too-large', `The picture is ${width} × ${height} pixels, too large to be opened.`)
    }
    throw decodeFailure(new Error(reply.message), bytes, header.format, limits.seconds)
  }
  const { data, share } = reply
  if (reply.form === 'png') return { source: sharp(data, { limitInputPixels: maxPixels }), share }
  const { width, height, channels } = reply
  return { source: sharp(data, { raw: { width, height, channels }, limitInputPixels: maxPixels }), share }
}

async function convertToSrgb(image: RgbImage, profile: Buffer): Promise<RgbImage> {
  const wrapped = wrapWithProfile(image.data, image.width, image.height, profile)
  return toRgb(sharp(wrapped).toColourspace('srgb'))
}

/**
 * Decodes a photo into its rendition ([Note: The rendition]). Throws `truncated` when less than a tenth can be shown,
 * `decode-error`, `decode-timeout`, `too-large`, `cancelled`.
 */
export async function decodeRendition(
  bytes: Buffer,
  header: PhotoHeader,
  limits: DecodeLimits,
  signal: AbortSignal | undefined,
): Promise<Rendition> {
  const { width, height } = orientedSize(header)
  const plan = planRendition(header.format, width, height)
  let rendition: Rendition
  if (isOutsideFormat(header.format)) {
    const { source, share } = await decodeOutside(bytes, header, limits, signal)
    const pixels = await toRgb(reduce(source, plan, header.format))
    if ((share ?? shownShare(pixels, header.orientation)) < leastShown) throw tooLittle(null)
    rendition = { ...pixels, picture: pictureBox(header, plan), truncated: share !== 1 }
  } else {
    rendition = await decodeBySharp(bytes, header, plan, limits)
  }
  return header.profile === null ? rendition : { ...rendition, ...(await convertToSrgb(rendition, header.profile)) }
}
