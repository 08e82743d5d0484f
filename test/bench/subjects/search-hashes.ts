import { z } from 'zod'
import { hammingDistance, hashAt, orientationCount, orientHash } from '../../../src/engine/matching/orientation.ts'
import { findPerceptualPairs } from '../../../src/engine/matching/perceptual-search.ts'
import { createRandom } from '../../fixtures/generator/random.ts'
import { madeUpHashes } from './made-up-library.ts'
import { answer, subjectInput } from './subject.ts'

/** The perceptual search, and how its answer for a sample of photos compares with trying every photo in every orientation. */
const { count, maxDistance, sample } = z
  .object({ count: z.number(), maxDistance: z.number(), sample: z.number() })
  .parse(subjectInput())

const pHash = madeUpHashes(count, 'p')
const table = { count, pHash, rowHash: madeUpHashes(count, 'row'), columnHash: madeUpHashes(count, 'column') }
const [started, cpuBefore] = [performance.now(), process.cpuUsage()]
const pairs = await findPerceptualPairs(table, { maxDistance, isNew: null, signal: undefined })
const seconds = (performance.now() - started) / 1000
const cpu = process.cpuUsage(cpuBefore)
const peakRssBytes = process.resourceUsage().maxRSS * 1024

const random = createRandom('sample')
const chosen = new Set(Array.from({ length: sample }, () => random.integer(0, count - 1)))
const partnersOf = new Map([...chosen].map((photo) => [photo, new Map<number, number>()]))
for (let k = 0; k < pairs.count; k++) {
  const [a, b, distance] = [pairs.a[k] ?? 0, pairs.b[k] ?? 0, pairs.distance[k] ?? 0]
  partnersOf.get(a)?.set(b, distance)
  partnersOf.get(b)?.set(a, distance)
}
let compared = 0
let differing = 0
for (const [photo, partners] of partnersOf) {
  const own = hashAt(pHash, photo)
  const turned = Array.from({ length: orientationCount }, (_, orientation) => orientHash(own[0], own[1], orientation))
  for (let other = 0; other < count; other++) {
    if (other === photo) continue
    const hash = hashAt(pHash, other)
    const distance = Math.min(...turned.map((candidate) => hammingDistance(candidate, hash)))
    if (distance > maxDistance && !partners.has(other)) continue
    compared++
    if (partners.get(other) !== distance) differing++
  }
}
answer({ seconds, cpuSeconds: (cpu.user + cpu.system) / 1e6, pairs: pairs.count, peakRssBytes, compared, differing })
