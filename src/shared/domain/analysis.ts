import type { ImageFormat, PhotoMetadata, PhotoQuality } from '../contract/photo.ts'
import type { PerceptualSignature } from './signature.ts'

/** Everything one reading and one decoding of a photo gives. */
export interface PhotoAnalysis {
  format: ImageFormat
  /** Pixels of the full picture, after EXIF orientation. */
  width: number
  height: number
  /** EXIF orientation 1–8 as stored in the file; 1 where there is none. */
  orientation: number
  /** The file is cut short, but enough of it could be shown. */
  truncated: boolean
  metadata: PhotoMetadata
  quality: PhotoQuality
  signature: PerceptualSignature
  /**
   * 128-bit hash of the compressed picture data and of what changes its look (colour profile, orientation), metadata left
   * out; equal means "same pixels". Null for formats where that part cannot be told apart.
   */
  pixelHash: Uint8Array | null
  /** JPEG, at most 320 pixels on the longer side, oriented, sRGB. */
  thumbnail: Uint8Array
  /** Height × width × 3 bytes RGB at the model's input size; null when no model asked for it. */
  modelPixels: Uint8Array | null
  /** The same of the picture within flat borders; null where there are none, or no model asked for it. */
  framePixels: Uint8Array | null
}
