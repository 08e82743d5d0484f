import type { Preprocessing } from '../../src/shared/contract/photo.ts'

/** OpenAI CLIP's own (openai/CLIP clip/clip.py), which open_clip's ViT-B-32 shares. */
export const clipPreprocessing: Preprocessing = {
  id: 'clip-224',
  width: 224,
  height: 224,
  resize: 'shortest-side-crop',
  kernel: 'bicubic',
  layout: 'NCHW',
  channels: 'RGB',
  scale: 1 / 255,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
}

/** 8 × 8 pixels, as they are but for their scale: for what does not look into pictures. */
export const tinyPreprocessing: Preprocessing = {
  ...clipPreprocessing,
  id: 'eight',
  width: 8,
  height: 8,
  resize: 'stretch',
  mean: [0, 0, 0],
  std: [1, 1, 1],
}

/** 224 × 224 × 3 bytes in which every byte value occurs in every channel; the same for the same seed. */
export function noisePicture(seed: number): Uint8Array {
  let state = seed >>> 0
  return Uint8Array.from({ length: 224 * 224 * 3 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}
