import { z } from 'zod'
import { noLinks, type LinkColumns } from '../../../src/engine/catalog/links.ts'
import type { PhotoRow } from '../../../src/engine/catalog/photos.ts'
import { buildGroups } from '../../../src/engine/reviewing/group-builder.ts'
import { createRandom, type Random } from '../../fixtures/generator/random.ts'
import { answer, subjectInput } from './subject.ts'

/** All groups of a library of `count` photos drawn again, as after a threshold was moved; links of all scores in memory. */
const { count, moves } = z.object({ count: z.number(), moves: z.number() }).parse(subjectInput())

function madeUpPhoto(id: number): PhotoRow {
  const stamp = { bytes: 2_000_000 + id, modifiedNs: BigInt(id), device: 1n, inode: BigInt(id), links: 1 }
  return {
    fileId: id,
    folderId: 1,
    path: `/photos/${id}.jpg`,
    contentId: id,
    stamp,
    format: 'jpeg',
    width: 4000,
    height: 3000,
    takenAt: null,
    utcOffset: null,
    truncated: false,
    offline: false,
    contrast: 60,
    pixelHash: null,
  }
}

/** Two links a photo, each to one of the sixteen before it, with scores spread over the slider. */
function madeUpLinks(random: Random, score: () => number): LinkColumns {
  const links = noLinks(2 * count)
  for (let k = 0; k < 2 * count; k++) {
    const b = 17 + Math.floor(k / 2)
    links.a[k] = b - random.integer(1, 16)
    links.b[k] = b
    links.score[k] = score()
  }
  return links
}

const random = createRandom('links')
const filesOf = new Map(Array.from({ length: count + 17 }, (_, i) => [i + 1, [madeUpPhoto(i + 1)]]))
const perceptual = madeUpLinks(random, () => 1 - random.integer(0, 10) / 64)
const ai = madeUpLinks(random, () => random.between(0.8, 1))
const milliseconds: number[] = []
let groups = 0
for (let move = 0; move < moves; move++) {
  const thresholds = { perceptualDistance: move % 11, similarity: 0.82 + (move % 15) / 100 }
  const started = performance.now()
  const drawn = buildGroups({ filesOf, perceptual, ai, thresholds, dismissed: new Set() })
  milliseconds.push(performance.now() - started)
  groups += drawn.perceptual.length + drawn.ai.length
}
answer({ milliseconds, groups })
