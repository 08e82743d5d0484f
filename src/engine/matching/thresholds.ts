/** Bits within which pairs of pHashes are looked for and stored; the upper end of the slider. */
export const perceptualFloor = 10

/** Bits within which they are grouped unless the person says otherwise. On 150 photos × 18 edits, 8 gave no false pair. */
export const perceptualDefault = 8

/** For a look at two 32 × 32 luma squares; values 0–255. */
export const lookThresholds = {
  /** Standard deviation under which a patch shows nothing but rounding and compression noise. */
  plainPatch: 2,
  /** Standard deviation from which a patch can't have become plain by compression or a change of tone. */
  texturedPatch: 6,
  /** Correlation from which two patches show the same structure. */
  patchCorrelation: 0.85,
  /** Standard deviation, slopes taken out, under which a whole picture is plain. */
  plainPicture: 3,
  /** Mean absolute difference up to which two plain pictures count as the same one. */
  plainDifference: 1.5,
} as const

/** For sorting candidates out before the close look. */
export const candidateThresholds = {
  /**
   * Share of agreeing patches of the 32 × 32 luma under which a pair that hashes alike isn't looked at: the same frame shows 0.6
   * and more, different photos that hash within 10 bits mostly less than 0.3.
   */
  leastAgreeingPatches: 0.3,
  /** What is said of plain pictures that are equal in tone: there is nothing to align. */
  plainConfidence: 0.8,
} as const

/** Shots of one scene within this time are a burst; further apart they are just alike. */
export const burstGapMs = 60 * 60_000

/** Plain pictures (a tone, a slope) are alike to any hash and any model: they must be the same in tone and place. */
export function plainPairsAgree(difference: number): boolean {
  return difference <= lookThresholds.plainDifference
}

/**
 * Partners of each photo by the model that are candidates, and the lowest cosine of one. On 1,200 files of the tuning part (923 that
 * have a copy) 8 leave 21 without any true partner, 12 leave 17, 48 leave 6; 8 with those by (128) corners leave 4, at 7 pairs a photo.
 */
export const neighbours = { partners: 8, floor: 0.6 } as const

/**
 * For candidates by corners in common, and for passing over those that have none; see [Note: Scouts]. Measured on the same files:
 * of 81 true pairs that corners had to align 79 have four of 128 scouts and more that agree (of 96 scouts 76), of 2,660 pairs of
 * different photos none (one). With 112 a catalog stays under 12 KB a photo.
 */
export const sharedCorners = {
  /** Corners kept of a photo. */
  scouts: 112,
  tables: 4,
  /** Scouts with one key beyond which it says nothing. */
  mostOfOneKey: 64,
  /** Partners of each photo by corners. */
  partners: 4,
  leastAgreeing: 4,
  /** With fewer scouts than this a photo has nothing that could be told by them. */
  fewScouts: 60,
} as const

/**
 * For the look at two aligned pictures; see `confirmPair`. Chosen on the tuning part of generated libraries (700 and 900 files,
 * 18 and 22 kinds of edit, 3,000 pairs of different photos that the model finds alike). Lengths are pixels of the working scale,
 * at which what two pictures share is about 160 pixels long. "True" and "false" below are pairs of that measurement.
 */
export const confirmationThresholds = {
  /** Correlation of 32 × 32 cells from which whole may lie on whole, and from which it is tried as it is, since large stickers cost more. */
  startCorrelation: 0.75,
  exactCorrelation: 0.55,
  /** Matching corners that a map must explain: true pairs 7 and more (5 % have fewer than 10), false ones mostly none. */
  leastInliers: 6,
  /** With fewer corners than this the cells are searched too. */
  fewKeypoints: 60,

  /** Patches with structure that must be there to compare; wholes need fewer, since nothing about their place is open. */
  leastPatches: 8,
  leastPatchesOfWholes: 3,
  /** A crop with fewer patches than the first number must agree in so many of them, and in its tones. */
  fewPatches: 12,
  leastAgreeingOfFew: 0.95,
  /** What holds an alignment: so many patches with structure both ways, or so many that agree; false pairs of bare arcs had 4 and 16. */
  leastAnchors: 5,
  leastAgreeingUnheld: 20,
  /** Else every patch agrees and the rest correlates as well as this (false: 0.984), or wholes lie on one another and correlate so. */
  leastCorrelationAlone: 0.995,
  mostOutsideUnheld: 0.02,
  leastCorrelationUnheld: 0.97,

  /** Share of patches that must agree: true pairs 0.74 and more but for heavy overlays, false ones mostly 0 to 0.3. */
  leastAgreeing: 0.55,
  /** Median correlation of those that agree: true pairs 0.95 and more, tiled watermarks 0.83. */
  leastTypical: 0.8,
  /** Fewer need to agree where whole lies on whole in the same tone and what agrees is this good: frames, meme captions. */
  leastAgreeingOfSure: 0.35,
  sureTypical: 0.97,
  sureAnchors: 8,

  /** How far patches lie off, nine of ten and the median: true pairs 0.1 and 0.05; below this nothing is left to refine. */
  settledShift: 0.45,
  settledShiftMedian: 0.2,
  /** From here on something stands elsewhere; a few stray patches beside an overlay do not count while the median is small. */
  mostShift: 0.7,
  leastShiftMedian: 0.05,
  mostShiftMedian: 0.35,
  /**
   * Levels by which two exposures differ where regions differ as well: of 31 pairs of shots with a moving subject or a nearer layer
   * all change by 0.6 and more, of 100 copies with something laid over them all but tiled watermarks by 0.15 and less. Two
   * shots depart from that change by at most 0.23 of it; tiled watermarks and edits by 0.28 and more.
   */
  sameExposure: 0.45,
  mostUneven: 0.27,
  /** Where one is cut out of the other by so much of a side, they are no two shots of one framing. */
  leastCutOff: 0.02,
  /** Tones that are equal all over a scene of some contrast hold a pair where little else does (a dark photo with a caption). */
  leastTonesOfEqual: 6,
  /** Of a crop also so many patches with structure both ways: bands of drawn tones have equal tones wherever they lie. */
  leastAnchorsOfEqual: 3,
  equalExposure: 0.15,
  mostUnevenOfEqual: 0.1,
  leastSpreadOfEqual: 5,
  /**
   * Share of both pictures that is one tone, and patches in which the marks on it are exchanged: forms and labels have 0.8 and more
   * and 2 to 20; of 170 copies that differ somewhere none has both.
   */
  leastGround: 0.6,
  leastExchanged: 2,
  /** Patches that must tell the exposure. */
  leastTones: 4,
  /** An edit of tone goes beyond this, and then so many patches must agree. */
  editedLight: 10,
  editedContrast: 0.1,
  leastAgreeingOfEdited: 0.92,

  /** Scales of the two sides: true pairs differ by 0.01 at most where anything holds them. */
  mostAnisotropy: 0.03,
  /**
   * Share of a side by which the inner frame may reach out of the outer one: true pairs 0.006, frames of a burst what the camera
   * moved (below 0.0075 their capture times tell them apart, or nothing does). Borders are found to a thumbnail's pixel.
   */
  mostOutside: 0.0075,
  mostOutsideFramed: 0.0125,
} as const

/**
 * For telling what was done to one photo to make the other; see `describeLook`. Levels of grey and of chroma, 0–255. Chosen on the
 * same measurement as the ones above.
 */
export const describeThresholds = {
  /** Share of a side from which something was cut off; alignment is good to 0.002, borders are found to a thumbnail's pixel. */
  cropTolerance: 0.006,
  cropToleranceFramed: 0.015,
  /**
   * Levels of grey within which a line along a border counts as one tone, share of its pixels and share of the lines that must,
   * and share of the edge at which the picture must differ.
   */
  borderTolerance: 12,
  leastCalmLine: 0.85,
  leastCalmBorder: 0.8,
  leastHardEdge: 0.3,
  /** Depth of a border, share of the side. */
  leastBorder: 0.006,
  /** A phone's screen: long side to short side, and share of the long side that bars take. */
  screenRatio: 1.6,
  screenBars: 0.16,
  scaleTolerance: 0.02,
  greyChroma: 2,
  colourChroma: 4,
  toneGain: 0.07,
  toneLight: 4,
  toneChroma: 3,
  /** Patches that differ; in copies that were only saved again, turned or resized none does. */
  leastOverlayPatches: 1,
  /**
   * The strongest mark of a copy with the same tones, and how much the colour of one cell differs: of 256 copies saved again, turned
   * or resized none has more than 1.9 and 5.4; of 122 with a date stamp, watermark, sticker or caption all but two small
   * watermarks have more.
   */
  leastMark: 2.1,
  leastColourMark: 8,
} as const
