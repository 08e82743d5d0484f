import type { PhotoDetails } from '../../../../shared/contract/calls.ts'
import type { LinkEvidence, PairLook } from '../../../../shared/contract/groups.ts'
import { emptyMetadata } from '../../../../shared/contract/photo.ts'
import type { Explained } from './why-state.ts'

const details: PhotoDetails = {
  id: 1,
  name: 'a.jpg',
  folder: 'Photos',
  bytes: 1000,
  modifiedMs: 0,
  format: 'jpeg',
  width: 4000,
  height: 3000,
  truncated: false,
  contentHash: 'a'.repeat(32),
  metadata: emptyMetadata,
  quality: { sharpness: 10, brightness: 100, contrast: 40, jpegQuality: 92 },
}

const link: LinkEvidence = {
  tier: 'ai',
  relation: 're-encoded',
  changes: ['re-encoded'],
  crop: null,
  confidence: 0.97,
  score: 0.93,
  distance: null,
  orientation: 'identity',
  cosine: 0.93,
}

const aligned: NonNullable<PairLook['aligned']> = {
  shownOn: 'b',
  a: new Uint8Array(),
  b: new Uint8Array(),
  difference: new Uint8Array(),
  width: 320,
  height: 240,
  patches: [],
  agreeing: 58,
  counted: 60,
  typicalCorrelation: 0.981,
  correlation: 0.97,
  outside: 0.0004,
  shift: 0.0011,
  gain: 1.12,
  offset: 6.2,
}

/** A look for tests: what is told of the pair, of the alignment (null: none was found), and of b. */
export function explainedPair(
  told: Partial<LinkEvidence>,
  look: Partial<typeof aligned> | null = {},
  more: { against?: PairLook['against']; a?: Partial<PhotoDetails>; b?: Partial<PhotoDetails> } = {},
): Explained {
  return {
    look: {
      link: { ...link, ...told },
      aligned: look === null ? null : { ...aligned, ...look },
      against: more.against ?? null,
    },
    a: { ...details, ...more.a },
    b: { ...details, id: 2, name: 'b.jpg', quality: { ...details.quality, jpegQuality: 70 }, ...more.b },
  }
}
