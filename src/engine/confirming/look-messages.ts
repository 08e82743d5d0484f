/** A photo to be looked at; its thumbnail is left out where the thread has it already. */
export interface LookPhoto {
  contentId: number
  /** Pixels of the full picture. */
  width: number
  height: number
  /** JPEG. */
  thumbnail: Uint8Array
}

/** Pairs to be looked at, with every photo that they name. */
export interface LookRequest {
  id: number
  photos: LookPhoto[]
  /** Content ids, two a pair. */
  pairs: Int32Array
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

export type LookReply = { id: number; looks: LookColumns } | { id: number; failed: string }
