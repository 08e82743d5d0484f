import { Orientation, type LinkEvidence, type LookPatch, type PairLook } from '../../shared/contract/groups.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { readLookPixels } from '../imaging/look-pixels.ts'
import { readRgb, writeJpeg } from '../imaging/rgb-picture.ts'
import type { RgbImage } from '../imaging/resample.ts'
import type { LibrarySession } from '../library-session.ts'
import { compose, invert, pixelsToShares, sharesToPixels, type Affine } from '../matching/affine.ts'
import { confirmPair, type LookedAtPair } from '../matching/confirm-pair.ts'
import { cropOf, describeLook } from '../matching/describe-look.ts'
import { PhotoLook } from '../matching/photo-look.ts'
import { shotGapMs } from '../matching/shot-time.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import { thumbnailOf } from './photo-bytes.ts'

/** Grey that stands where a picture shows nothing. */
const nothingShown = 128
/** Differences of tone are shown this many times as strong. */
const differenceGain = 4

interface Side {
  photo: PhotoRow
  rgb: RgbImage
  look: PhotoLook
}

async function openSide(session: LibrarySession, photoId: number): Promise<Side> {
  const photo = session.review.photo(photoId)
  if (photo === undefined) throw new TwinlensError('not-found', 'This photo is no longer in the library.')
  const thumbnail = await thumbnailOf(session, photoId)
  if (thumbnail === null)
    throw new TwinlensError('decode-error', 'This photo can’t be shown now, so nothing can be compared.')
  const [rgb, pixels] = await Promise.all([readRgb(thumbnail.bytes), readLookPixels(thumbnail.bytes)])
  return { photo, rgb, look: new PhotoLook(pixels, photo.width, photo.height) }
}

/** One picture seen on the other one's pixels, nearest pixel. */
function layOn(picture: RgbImage, width: number, height: number, map: Affine): Uint8Array {
  const data = new Uint8Array(width * height * 3).fill(nothingShown)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = Math.round(map.xx * x + map.xy * y + map.tx)
      const v = Math.round(map.yx * x + map.yy * y + map.ty)
      if (u < 0 || v < 0 || u >= picture.width || v >= picture.height) continue
      const from = (v * picture.width + u) * 3
      data.set(picture.data.subarray(from, from + 3), (y * width + x) * 3)
    }
  }
  return data
}

/** White where the tones agree once brightness and contrast are evened out. */
function differenceOf(template: Uint8Array, other: Uint8Array, gain: number, offset: number): Uint8Array {
  const luma = (rgb: Uint8Array, at: number): number => 0.299 * rgb[at]! + 0.587 * rgb[at + 1]! + 0.114 * rgb[at + 2]!
  const data = new Uint8Array(template.length)
  for (let at = 0; at < data.length; at += 3) {
    const apart = Math.abs(luma(other, at) - (gain * luma(template, at) + offset))
    data.fill(Math.max(0, 255 - differenceGain * apart), at, at + 3)
  }
  return data
}

async function drawAligned(a: Side, b: Side, pair: LookedAtPair): Promise<PairLook['aligned']> {
  const back = invert(pair.shares)
  if (back === null) return null
  const { look, judgement } = pair
  const shownOn = judgement.inner
  const [inner, outer, map] = shownOn === 'a' ? [a, b, pair.shares] : [b, a, back]
  const { width, height } = inner.rgb
  const pixels = compose(sharesToPixels(outer.rgb.width, outer.rgb.height), compose(map, pixelsToShares(width, height)))
  const own = Uint8Array.from(inner.rgb.data)
  const laid = layOn(outer.rgb, width, height, pixels)
  // The look says how the input's tones follow from the template's; here they are wanted from a to b.
  const { gain: towards, offset: level } = look.exposure
  const [gain, offset] = pair.templateIsA ? [towards, level] : [1 / towards, -level / towards]
  const [rgbA, rgbB] = shownOn === 'a' ? [own, laid] : [laid, own]
  const picture = (data: Uint8Array): Promise<Uint8Array> => writeJpeg({ data, width, height })
  const [jpegA, jpegB, difference] = await Promise.all([
    picture(rgbA),
    picture(rgbB),
    picture(differenceOf(rgbA, rgbB, gain, offset)),
  ])
  return {
    shownOn,
    a: jpegA,
    b: jpegB,
    difference,
    width,
    height,
    patches: look.patches.map((patch) => patchOn(patch, pair, shownOn)),
    agreeing: Math.round(look.agreeing * look.counted),
    counted: look.counted,
    typicalCorrelation: look.typical,
    correlation: look.correlation,
    outside: Math.max(0, judgement.outside),
    shift: look.shiftHigh / Math.max(1, look.side),
    gain,
    offset,
  }
}

/** A patch, given in shares of the template's picture, in shares of the picture that is shown. */
function patchOn(
  { left, top, right, bottom, correlation, verdict }: LookPatch,
  { shares, templateIsA }: LookedAtPair,
  shownOn: 'a' | 'b',
): LookPatch {
  const templateName = templateIsA ? 'a' : 'b'
  const map = shownOn === templateName ? null : templateIsA ? shares : invert(shares)
  if (map === null) return { left, top, right, bottom, correlation, verdict }
  const xs = [map.xx * left + map.xy * top + map.tx, map.xx * right + map.xy * bottom + map.tx]
  const ys = [map.yx * left + map.yy * top + map.ty, map.yx * right + map.yy * bottom + map.ty]
  return {
    left: Math.min(...xs),
    right: Math.max(...xs),
    top: Math.min(...ys),
    bottom: Math.max(...ys),
    correlation,
    verdict,
  }
}

/** Looks at two photos of the library once more and draws what it sees. Throws `not-found`, `decode-error`. */
export async function explainPair(session: LibrarySession, idA: number, idB: number): Promise<PairLook> {
  const [a, b] = await Promise.all([openSide(session, idA), openSide(session, idB)])
  const known = session.review.evidenceBetween(a.photo, b.photo, 'ai')
  const pair = confirmPair(a.look, b.look)
  const gap = known.relation === 'same-pixels' ? null : shotGapMs(a.photo.takenAt, b.photo.takenAt)
  if (pair === null) return { link: known, aligned: null, against: gap === null ? 'nothing-to-see' : 'time' }
  const described = describeLook(a.look, b.look, pair)
  const { against } = pair.judgement
  const otherShot = gap !== null && described.relation !== 'border-or-screenshot'
  const seen = otherShot ? 'burst' : described.relation
  const settled = known.relation === 'same-pixels' || known.relation === 'identical'
  const link: LinkEvidence = {
    ...known,
    relation: against !== null || settled ? known.relation : seen,
    changes: described.changes,
    crop: cropOf(pair.shares, described.changes),
    orientation: Orientation.options[described.orientation] ?? null,
    confidence: described.confidence,
  }
  return { link, aligned: await drawAligned(a, b, pair), against: against ?? (otherShot ? 'time' : null) }
}
