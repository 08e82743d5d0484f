import { createHash } from 'node:crypto'
import type { Preprocessing } from '../../shared/contract/photo.ts'
import { paintScene } from '../imaging/golden-scene.ts'

/** Changes whenever the pictures or what is made of them change: results on other pictures are not compared. */
const setId = 'painted-load-2'

/** Scenes that are painted; every other picture is one of them, moved. */
const sceneCount = 16
/** Width and height of a block of the stamp: as large as JPEG's, so that its grey survives encoding. */
const block = 8

/**
 * [Note: Distinct pictures]
 * No two requests of a pool hold the same picture, so that nothing between here and the model can answer from a cache. Painting or
 * decoding thousands of pictures would take longer than the measurement, so a few scenes are painted and moved: picture k is scene
 * k mod 16 with its rows rolled and, every other round, mirrored (7,000 different ones at 224 × 224), and carries k itself as eight
 * grey blocks in its top row. Moved scenes keep the sizes and the encoding cost of the original. A pool that would outgrow its
 * memory is sent round again: each body then returns only after all the others, and the result tells how many there were.
 */
export class WorkloadPictures {
  readonly hash: string
  readonly count = sceneCount
  readonly #scenes: readonly Uint8Array[]
  readonly #width: number
  readonly #height: number

  constructor(preprocessing: Preprocessing, seed: number) {
    this.#width = preprocessing.width
    this.#height = preprocessing.height
    this.#scenes = Array.from(
      { length: sceneCount },
      (_, k) => paintScene(this.#width, this.#height, { seed: seed * 1000 + k }).data,
    )
    const hash = createHash('sha256').update(setId)
    for (const scene of this.#scenes) hash.update(scene)
    this.hash = hash.digest('hex')
  }

  /** height × width × 3 bytes RGB; the same bytes for the same k and seed on every machine. */
  picture(k: number): Uint8Array {
    const scene = this.#scenes[k % sceneCount] ?? new Uint8Array()
    const round = Math.floor(k / sceneCount)
    const roll = (Math.floor(round / 2) * 37) % this.#height
    const row = this.#width * 3
    const picture = new Uint8Array(scene.length)
    picture.set(scene.subarray(roll * row))
    picture.set(scene.subarray(0, roll * row), (this.#height - roll) * row)
    if (round % 2 === 1) mirror(picture, this.#width, this.#height)
    this.#stamp(picture, k)
    return picture
  }

  #stamp(picture: Uint8Array, k: number): void {
    for (let digit = 0; digit < 8; digit++) {
      const grey = ((k >>> (digit * 4)) & 15) * 16
      for (let y = 0; y < block; y++) {
        const from = (y * this.#width + digit * block) * 3
        picture.fill(grey, from, from + block * 3)
      }
    }
  }
}

function mirror(picture: Uint8Array, width: number, height: number): void {
  for (let y = 0; y < height; y++) {
    for (let left = y * width * 3, right = left + (width - 1) * 3; left < right; left += 3, right -= 3) {
      for (let c = 0; c < 3; c++) {
        const held = picture[left + c] ?? 0
        picture[left + c] = picture[right + c] ?? 0
        picture[right + c] = held
      }
    }
  }
}
