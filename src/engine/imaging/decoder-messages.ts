/** Formats that no decoder of libvips reads. */
export const outsideFormats = ['heic', 'bmp', 'jxl', 'psd', 'tga', 'ico'] as const
export type OutsideFormat = (typeof outsideFormats)[number]

export function isOutsideFormat(format: string): format is OutsideFormat {
  return outsideFormats.some((outside) => outside === format)
}

/** What crosses to the decoding worker and back. Both ends are ours and of one build, so this is typed and not parsed. */
export interface DecodeRequest {
  kind: OutsideFormat
  /** The file; of an icon the bitmap inside it. */
  bytes: Uint8Array
  /** Which top-level picture of a HEIC file. */
  page: number
  maxPixels: number
}

/** Pixels or a PNG file, and how much of the picture the file holds, 0–1; null for "not all of it". */
export type DecodeReply =
  | { ok: true; form: 'pixels'; width: number; height: number; channels: 3 | 4; data: Bytes; share: number }
  | { ok: true; form: 'png'; width: number; height: number; data: Bytes; share: number | null }
  | { ok: false; tooLarge: { width: number; height: number } | null; message: string }

type Bytes = Uint8Array<ArrayBuffer>
