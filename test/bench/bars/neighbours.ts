import { z } from 'zod'
import { measured, type BarResult } from '../bar.ts'
import { runSubject } from '../child.ts'
import type { Bench } from '../workspace.ts'

const Neighbours = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  pairs: z.number(),
  copies: z.number(),
  copiesFound: z.number(),
  wanted: z.number(),
  found: z.number(),
  recallTold: z.number().nullable(),
  indexed: z.boolean(),
  bytesAPhoto: z.number(),
  peakRssBytes: z.number(),
})

/** Numbers of a vector of the default model. */
const dimension = 1280

/** One run each: what is asked for is what they find, and a run takes minutes. */
async function neighboursAmong(bench: Bench, count: number, recallBar: number): Promise<BarResult[]> {
  bench.say(`nearest neighbours, ${count} vectors`)
  const ours = await runSubject('search-neighbours', { count, dimension, sample: 200 }, Neighbours)
  const name = `nearest neighbours of ${count.toLocaleString('en')} photos`
  const told = `${ours.indexed ? 'an index' : 'the whole product'}, which says ${ours.recallTold?.toFixed(4) ?? 'nothing'}`
  const took = `${ours.seconds.toFixed(0)} s, ${ours.cpuSeconds.toFixed(0)} CPU-s, ${ours.pairs} pairs; ${told}`
  const found = [
    measured(
      `${name}: recall of the ten best over 0.6`,
      { side: 'at-least', value: recallBar, unit: 'share' },
      [ours.wanted === 0 ? 0 : ours.found / ours.wanted],
      `200 rows against all by the exact product; made-up scenes of ${dimension} numbers; ${took}`,
    ),
    measured(
      `${name}: planted near copies found`,
      { side: 'at-least', value: recallBar, unit: 'share' },
      [ours.copies === 0 ? 0 : ours.copiesFound / ours.copies],
      `${ours.copies} copies at a cosine of 0.87 to 1`,
    ),
  ]
  // With few photos the blocks themselves, of a fixed size, are most of it.
  if (count < 100_000) return found
  return [
    ...found,
    measured(
      `${name}: memory a photo beside its vector`,
      { side: 'at-most', value: 6 - (2 * dimension) / 1024, unit: 'KB' },
      [ours.bytesAPhoto / 1024],
      `6 KB in all, half floats; peak ${(ours.peakRssBytes / 1e6).toFixed(0)} MB`,
    ),
  ]
}

/** Candidates for a closer look: exact up to some 200,000 photos, by an index from there on. */
export async function benchNeighbours(bench: Bench): Promise<BarResult[]> {
  return [
    ...(await neighboursAmong(bench, 20_000, 0.999)),
    ...(bench.full ? await neighboursAmong(bench, 100_000, 0.999) : []),
    ...(bench.full ? await neighboursAmong(bench, 1_000_000, 0.99) : []),
  ]
}
