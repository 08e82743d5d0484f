import { z } from 'zod'
import { noLinks, type LinkColumns } from '../../../src/engine/catalog/links.ts'
import type { PhotoRow } from '../../../src/engine/catalog/photos.ts'
import { prepareGroups } from '../../../src/engine/reviewing/group-builder.ts'
import { createRandom, type Random } from '../../fixtures/generator/random.ts'
import { answer, subjectInput } from './subject.ts'

/**
 * The groups of both searched tiers of a library of `count` photos drawn again, as after both thresholds were moved; links of
 * all scores in memory and prepared, as the review keeps them between moves. `prepareMs`: what preparing took, once.
 */
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

/**
 * Two photos of five belong to a set of two to six of which each pair is linked, as edits of one photo are; and one photo
 * in five has a stray link near the floor. Scores are spread over the slider.
 */
function madeUpLinks(random: Random, score: () => number, floor: number): LinkColumns {
  const pairs: [number, number, number][] = []
  for (let id = 1; id <= count;) {
    const size = random.chance(1 / 7) ? random.integer(2, 6) : 1
    const end = Math.min(count, id + size - 1)
    for (let a = id; a <= end; a++) for (let b = a + 1; b <= end; b++) pairs.push([a, b, score()])
    if (id > 1 && random.chance(0.3)) pairs.push([random.integer(1, id - 1), id, floor])
    id = end + 1
  }
  const links = noLinks(pairs.length)
  pairs.forEach(([a, b, value], k) => {
    links.a[k] = a
    links.b[k] = b
    links.score[k] = value
  })
  return links
}

const random = createRandom('links')
const filesOf = new Map(Array.from({ length: count }, (_, i) => [i + 1, [madeUpPhoto(i + 1)]]))
const perceptual = madeUpLinks(random, () => 1 - random.integer(0, 10) / 64, 1 - 10 / 64)
const ai = madeUpLinks(random, () => random.between(0.8, 1), 0.8)
const begun = performance.now()
const builder = prepareGroups({ filesOf, perceptual, ai, dismissed: new Set(), mates: new Set() })
const prepareMs = performance.now() - begun
const milliseconds: number[] = []
let groups = 0
for (let move = 0; move < moves; move++) {
  const thresholds = { perceptualDistance: move % 11, similarity: 0.82 + (move % 15) / 100 }
  const started = performance.now()
  const drawn = builder.draw('perceptual', thresholds).length + builder.draw('ai', thresholds).length
  milliseconds.push(performance.now() - started)
  groups += drawn
}
answer({ milliseconds, prepareMs, groups: Math.round(groups / moves), links: perceptual.a.length + ai.a.length })
