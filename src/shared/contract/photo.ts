import { z } from 'zod'

/** Formats told by content, never by file name; `raw` stands for all makers' camera raw files. */
export const ImageFormat = z.enum([
  'jpeg',
  'png',
  'webp',
  'avif',
  'heic',
  'tiff',
  'gif',
  'bmp',
  'raw',
  'jxl',
  'psd',
  'tga',
  'ico',
])
export type ImageFormat = z.infer<typeof ImageFormat>

/** What a photo says about itself (EXIF, XMP). A field the file does not carry is null. */
export const PhotoMetadata = z.object({
  /** Local capture time, `YYYY-MM-DDTHH:mm:ss[.sss]`, without zone. */
  takenAt: z.string().nullable(),
  /** Offset from UTC of `takenAt`, `+02:00`, where the camera wrote it. */
  utcOffset: z.string().nullable(),
  cameraMake: z.string().nullable(),
  cameraModel: z.string().nullable(),
  lens: z.string().nullable(),
  /** Degrees, north and east positive. */
  latitude: z.number().min(-90).max(90).nullable(),
  longitude: z.number().min(-180).max(180).nullable(),
  software: z.string().nullable(),
  /** Stars 0–5; -1 is "rejected" in XMP. */
  rating: z.number().min(-1).max(5).nullable(),
})
export type PhotoMetadata = z.infer<typeof PhotoMetadata>

export const emptyMetadata: PhotoMetadata = {
  takenAt: null,
  utcOffset: null,
  cameraMake: null,
  cameraModel: null,
  lens: null,
  latitude: null,
  longitude: null,
  software: null,
  rating: null,
}

/** Figures measured on the decoded picture. */
export const PhotoQuality = z.object({
  /** Variance of the Laplacian of luma (0–255 scale) at thumbnail size; higher is sharper. */
  sharpness: z.number(),
  /** Mean luma, 0–255. */
  brightness: z.number(),
  /** Standard deviation of luma at 32 × 32, 0–128; near 0 is a flat picture on which hashes carry nothing. */
  contrast: z.number(),
  /** JPEG quality (1–100) estimated from the luma quantisation table; null for other formats. */
  jpegQuality: z.number().nullable(),
})
export type PhotoQuality = z.infer<typeof PhotoQuality>

/**
 * How pixels become a model's input, as data. The picture is EXIF-oriented sRGB on white.
 * `stretch` resizes to width × height without keeping the aspect ratio; `shortest-side-crop` resizes the shortest side to
 * the target (torchvision's rounding) and crops the centre. Each value is then (x · scale − mean[c]) / std[c], x in 0–255.
 */
export const Preprocessing = z.object({
  id: z.string(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  resize: z.enum(['stretch', 'shortest-side-crop']),
  kernel: z.literal('bicubic'),
  layout: z.literal('NCHW'),
  channels: z.literal('RGB'),
  scale: z.number(),
  mean: z.tuple([z.number(), z.number(), z.number()]),
  std: z.tuple([z.number(), z.number(), z.number()]),
})
export type Preprocessing = z.infer<typeof Preprocessing>
