import { commonestTone } from '../../shared/domain/commonest-tone.ts'
import { findContentFrame } from '../../shared/domain/content-frame.ts'
import { isWhole, type Frame } from '../../shared/domain/frame.ts'
import type { LookPixels } from '../../shared/domain/look-pixels.ts'
import { lumaSide } from './confirm.ts'
import { makeSearchable, type SearchablePicture } from './frame-search.ts'
import { reducePlane, type GrayPlane } from './gray-plane.ts'
import { findKeypoints, firstOf, type Keypoints } from './keypoints.ts'
import { sharedCorners } from './thresholds.ts'

/** What looking at a photo needs of it; what costs something is made when it is first asked for. */
export class PhotoLook {
  /** Luma, some 320 pixels along the longer side. */
  readonly plane: GrayPlane
  /** Cb and Cr of 32 × 32 cells. */
  readonly chroma: Pick<LookPixels, 'blue' | 'red'>
  /** Pixels of the full picture. */
  readonly width: number
  readonly height: number
  #keypoints: Keypoints | null = null
  #scouts: Keypoints | null
  #luma: Uint8Array | null = null
  #ground: number | null = null
  #frame: Frame | null = null
  #frameLuma: Uint8Array | null = null
  #searchable: SearchablePicture | null = null

  /** @param scouts those that were kept of the photo, if any */
  constructor(pixels: LookPixels, width: number, height: number, scouts: Keypoints | null = null) {
    this.plane = pixels.luma
    this.chroma = pixels
    this.width = width
    this.height = height
    this.#scouts = scouts
  }

  /** The best corners of each part; see [Note: Scouts]. */
  get scouts(): Keypoints {
    return (this.#scouts ??= firstOf(this.keypoints, sharedCorners.scouts))
  }

  get keypoints(): Keypoints {
    return (this.#keypoints ??= findKeypoints(this.plane))
  }

  /** 32 × 32 cells of the whole. */
  get luma(): Uint8Array {
    return (this.#luma ??= reducePlane(this.plane, lumaSide, lumaSide).data)
  }

  /** Where the picture lies within flat borders. */
  get frame(): Frame {
    return (this.#frame ??= findContentFrame(this.plane))
  }

  /** Share of the picture, 0–1, that is one tone: paper, a white table. */
  get ground(): number {
    return (this.#ground ??= shareOfGround(this.plane))
  }

  /** 32 × 32 cells of what lies within the borders. */
  get frameLuma(): Uint8Array {
    return (this.#frameLuma ??= isWhole(this.frame)
      ? this.luma
      : reducePlane(cut(this.plane, this.frame), lumaSide, lumaSide).data)
  }

  get searchable(): SearchablePicture {
    return (this.#searchable ??= makeSearchable(this.luma))
  }
}

/** Levels to both sides that count as the same tone. */
const sameTone = 6

function shareOfGround({ data }: GrayPlane): number {
  const counts = new Uint32Array(256)
  for (const level of data) counts[level]!++
  return commonestTone(counts, sameTone).pixels / data.length
}

function cut({ width, height, data }: GrayPlane, frame: Frame): GrayPlane {
  const left = Math.round(frame.left * width)
  const top = Math.round(frame.top * height)
  const wide = Math.max(1, Math.round(frame.right * width) - left)
  const high = Math.max(1, Math.round(frame.bottom * height) - top)
  const part = new Uint8Array(wide * high)
  for (let y = 0; y < high; y++)
    part.set(data.subarray((top + y) * width + left, (top + y) * width + left + wide), y * wide)
  return { width: wide, height: high, data: part }
}
