/** Luma (Rec. 601) of a picture, row by row, one byte a pixel. */
export interface LumaPicture {
  width: number
  height: number
  data: Uint8Array
}

/** The small picture by which a photo is looked at closely: what aligning and comparing it with another one needs. */
export interface LookPixels {
  /** Some 320 pixels along the longer side. */
  luma: LumaPicture
  /** Blue and red difference (Cb and Cr, Rec. 601), −128…127, averaged to 32 × 32 cells of the whole picture. */
  blue: Int8Array
  red: Int8Array
}
