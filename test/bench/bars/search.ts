import { z } from 'zod'
import { measured, median, type BarResult } from '../bar.ts'
import { runSubject } from '../child.ts'
import type { Bench } from '../workspace.ts'

const Embeddings = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  pairs: z.number(),
  peakRssBytes: z.number(),
})
const Hashes = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  pairs: z.number(),
  peakRssBytes: z.number(),
  compared: z.number(),
  differing: z.number(),
})

/** Length of the default model's vectors, and the lowest cosine of a pair that is looked at. */
const modelDimension = 1280
const floor = 0.6

async function embeddingsAt(bench: Bench, count: number, runs: number): Promise<BarResult[]> {
  const ratios: number[] = []
  const seconds: { ours: number[]; product: number[] } = { ours: [], product: [] }
  const cpuRatios: number[] = []
  for (let run = 0; run < runs; run++) {
    bench.say(`embedding search, ${count} vectors: run ${run + 1} of ${runs}`)
    const ours = () =>
      runSubject('search-embeddings', { what: 'ours', count, dimension: modelDimension, floor }, Embeddings)
    const product = () => runSubject('search-embeddings', { what: 'product', count, dimension: 512, floor }, Embeddings)
    const [a, b] = run % 2 === 0 ? [await ours(), await product()] : [await product(), await ours()].reverse()
    if (a === undefined || b === undefined) continue
    seconds.ours.push(a.seconds)
    seconds.product.push(b.seconds)
    ratios.push(a.seconds / b.seconds)
    cpuRatios.push(a.cpuSeconds / b.cpuSeconds)
  }
  const name = `nearest of ${count.toLocaleString('en')} embeddings among all`
  return [
    measured(
      `${name} / ONNX block product alone at 512 dimensions`,
      { side: 'at-most', value: 1.1, unit: 'ratio' },
      ratios,
      `${median(seconds.ours).toFixed(2)} s against ${median(seconds.product).toFixed(2)} s, by CPU time ${median(cpuRatios).toFixed(2)}; made-up vectors of ${modelDimension}, cosine ≥ ${floor}`,
    ),
  ]
}

async function hashesAt(bench: Bench, count: number, limitSeconds: number, runs: number): Promise<BarResult[]> {
  const seconds: number[] = []
  let last: z.infer<typeof Hashes> | null = null
  for (let run = 0; run < runs; run++) {
    bench.say(`perceptual search, ${count} photos: run ${run + 1} of ${runs}`)
    last = await runSubject('search-hashes', { count, maxDistance: 10, sample: 40 }, Hashes)
    seconds.push(last.seconds)
  }
  const name = `perceptual search, 10 bits, 8 orientations, ${count.toLocaleString('en')} photos`
  const basis = `made-up hashes, a tenth near copies; ${last?.pairs ?? 0} pairs; ${last?.cpuSeconds.toFixed(1) ?? ''} CPU-s`
  return [
    measured(name, { side: 'at-most', value: limitSeconds, unit: 's' }, seconds, basis),
    measured(
      `${name}: answers that differ from brute force`,
      { side: 'at-most', value: 0, unit: 'files' },
      [last?.differing ?? NaN],
      `40 photos against all, ${last?.compared ?? 0} pairs`,
    ),
  ]
}

/** Finding pairs among many: embeddings against the bare product, hashes against the clock and brute force. */
export async function benchSearch(bench: Bench): Promise<BarResult[]> {
  const few = Math.min(bench.runs, 2)
  return [
    ...(await embeddingsAt(bench, 10_000, bench.runs)),
    ...(bench.full ? await embeddingsAt(bench, 100_000, few) : []),
    ...(await hashesAt(bench, 100_000, 5, bench.runs)),
    ...(bench.full ? await hashesAt(bench, 1_000_000, 120, few) : []),
  ]
}

/** A threshold moved: every group of 100,000 photos drawn again. */
export async function benchThreshold(bench: Bench): Promise<BarResult[]> {
  bench.say('threshold moved, 100,000 photos')
  const schema = z.object({ milliseconds: z.array(z.number()), groups: z.number(), links: z.number() })
  const { milliseconds, groups, links } = await runSubject('move-threshold', { count: 100_000, moves: 30 }, schema)
  // The first moves run cold code; a person's first move does too, so they count, in the spread.
  return [
    measured(
      'threshold moved, groups redrawn at 100,000 photos',
      { side: 'at-most', value: 100, unit: 'ms' },
      milliseconds,
      `${links} links in two tiers, about ${groups} groups, 30 moves`,
    ),
  ]
}
