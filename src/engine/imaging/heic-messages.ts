/** What crosses to the decoding worker and back. Both ends are ours and of one build, so this is typed and not parsed. */
export interface DecodeRequest {
  kind: 'heic' | 'bmp'
  bytes: Uint8Array
  /** Which top-level picture of a HEIC file. */
  page: number
  maxPixels: number
}

/** `share`: how much of the picture the file holds, 0–1. */
export type DecodeReply =
  | { ok: true; width: number; height: number; channels: 3 | 4; data: Uint8Array<ArrayBuffer>; share: number }
  | { ok: false; tooLarge: { width: number; height: number } | null; message: string }
