/** A photo to be looked at. */
export interface LookPhoto {
  contentId: number
  /** Pixels of the full picture. */
  width: number
  height: number
  /** JPEG. */
  thumbnail: Uint8Array
  /** Packed; null where none were kept. */
  scouts: Uint8Array | null
}

/** Pairs to be looked at, with every photo that they name; or photos whose corners are wanted. */
export interface LookRequest {
  id: number
  photos: LookPhoto[]
  /** Content ids, two a pair; null for the corners. */
  pairs: Int32Array | null
}

/** What came of each pair, in their order. */
export interface LookColumns {
  /** 1 where the two are the same picture; 2 where they are aligned and only their framing or their place differs; else 0. */
  verdict: Uint8Array
  /** Index into `Relation`'s options. */
  relation: Uint8Array
  /** Bits of `PairChange`'s options. */
  changes: Uint16Array
  /** Index into `Orientation`'s options. */
  orientation: Uint8Array
  /** Four numbers a pair; see `PairDescription`. */
  place: Float32Array
  confidence: Float32Array
}

/** Corners of a photo, packed; of one that can't be read there are none. */
export interface FoundCorners {
  contentId: number
  scouts: Uint8Array
}

export type LookReply =
  { id: number; looks: LookColumns } | { id: number; corners: FoundCorners[] } | { id: number; failed: string }
