import type { Preprocessing } from '../../shared/contract/photo.ts'

/**
 * Pictures on which providers are compared: gradients, an edge and noise, so that every channel, smooth areas and fine detail
 * all take part. Picture k has the same bytes on every machine and whatever `count` is (Mulberry32 noise).
 *
 * @returns count pictures one after the other, each height × width × 3 bytes RGB
 */
export function probePictures(preprocessing: Preprocessing, count: number): Uint8Array<ArrayBuffer> {
  const { width, height } = preprocessing
  const pixels = new Uint8Array(count * width * height * 3)
  let at = 0
  for (let picture = 0; picture < count; picture++) {
    let state = 0x9e3779b9 + picture
    const edge = (width * (1 + (picture % 8))) / 9
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        state = (state + 0x6d2b79f5) | 0
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
        const noise = ((mixed ^ (mixed >>> 14)) & 63) - 32
        const step = x > edge ? 40 : 0
        pixels[at++] = clampByte((200 * x) / width + noise + step)
        pixels[at++] = clampByte((200 * y) / height + noise)
        pixels[at++] = clampByte(220 - (150 * (x + y)) / (width + height) + noise - step)
      }
    }
  }
  return pixels
}

function clampByte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)))
}
