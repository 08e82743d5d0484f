import type { PhotoQuality } from '../../shared/contract/photo.ts'
import { estimateJpegQuality, type JpegFile } from './jpeg-file.ts'
import type { LumaPlane } from './signature.ts'

function meanAndVariance(values: ArrayLike<number>): { mean: number; variance: number } {
  let sum = 0
  let squares = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    sum += value
    squares += value * value
  }
  const mean = sum / values.length
  return { mean, variance: Math.max(0, squares / values.length - mean * mean) }
}

/** Variance of the 4-neighbour Laplacian (Pech-Pacheco 2000) over the inner pixels; 0 for pictures under 3 pixels. */
function laplacianVariance({ data, width, height }: LumaPlane): number {
  const count = (width - 2) * (height - 2)
  if (width < 3 || height < 3) return 0
  let sum = 0
  let squares = 0
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1, end = i + width - 2; i < end; i++) {
      const value = 4 * data[i]! - data[i - 1]! - data[i + 1]! - data[i - width]! - data[i + width]!
      sum += value
      squares += value * value
    }
  }
  return squares / count - (sum / count) ** 2
}

/** Figures of PhotoQuality from thumbnail luma, the 32 × 32 luma of the signature and, for a JPEG, its tables. */
export function measureQuality(thumbnail: LumaPlane, luma32: Uint8Array, jpeg: JpegFile | null): PhotoQuality {
  const small = meanAndVariance(luma32)
  return {
    sharpness: laplacianVariance(thumbnail),
    brightness: meanAndVariance(thumbnail.data).mean,
    contrast: Math.sqrt(small.variance),
    jpegQuality: jpeg?.lumaTable ? estimateJpegQuality(jpeg.lumaTable) : null,
  }
}
