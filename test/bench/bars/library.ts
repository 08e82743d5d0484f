import { z } from 'zod'
import { measured, type BarResult } from '../bar.ts'
import { runSubject } from '../child.ts'
import { emptyFolder, type Bench } from '../workspace.ts'

const Took = z.object({ seconds: z.number(), cpuSeconds: z.number() })
const Filled = z.object({ catalogBytes: z.number(), thumbnailBytes: z.number() })
const Matched = z.object({
  photos: z.number(),
  matching: Took,
  looks: z.number(),
  matchingPeakBytes: z.number(),
  bytesBefore: z.number(),
  opening: Took,
  moving: Took,
  reporting: Took,
  reportBytes: z.number(),
  groups: z.number(),
  planted: z.number(),
  plantedFound: z.number(),
  recall: z.number().nullable(),
  catalogBytes: z.number(),
  peakRssBytes: z.number(),
})
type Matched = z.infer<typeof Matched>

/** Few look-alikes need a close look, so that what grows with the library is what is measured. */
const shares = { withoutTime: 0.002, bordered: 0.005 }

const took = ({ seconds, cpuSeconds }: z.infer<typeof Took>): string =>
  `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} CPU-s`

function barsOf(name: string, { photos, ...first }: Matched, second: Matched, added: number): BarResult[] {
  const { matching, looks, groups, planted, plantedFound, recall } = first
  const told = recall === null ? 'recall not measured' : `recall ${recall.toFixed(4)} on a sample`
  return [
    measured(
      `${name}: planted copies that are linked`,
      { side: 'at-least', value: 0.99, unit: 'share' },
      [plantedFound / planted],
      `${plantedFound} of ${planted}; matching ${took(matching)}, ${looks} looks, ${groups} groups; ${told}`,
    ),
    measured(
      `${name}: memory of matching above 600 MB, a photo`,
      { side: 'at-most', value: 6, unit: 'KB' },
      [Math.max(0, first.matchingPeakBytes - 600e6) / 1024 / photos],
      `peak ${(first.matchingPeakBytes / 1e6).toFixed(0)} MB; review and report ${(first.peakRssBytes / 1e6).toFixed(0)} MB`,
    ),
    measured(
      `${name}: catalog a photo, thumbnails apart`,
      { side: 'at-most', value: 12, unit: 'KB' },
      [second.catalogBytes / 1024 / second.photos],
      `${(second.catalogBytes / 1e6).toFixed(0)} MB, vectors of ${shares.bordered * 100} % of pictures within a border in it`,
    ),
    measured(
      `${added.toLocaleString('en')} photos join ${name}: matching`,
      { side: 'at-most', value: 30, unit: 's' },
      [second.matching.seconds],
      `${took(second.matching)}, ${second.looks} looks`,
    ),
    measured(
      `${name}: review opened, threshold moved, result written`,
      { side: 'at-most', value: 10, unit: 's' },
      [second.opening.seconds + second.moving.seconds + second.reporting.seconds],
      `${took(second.opening)}; ${took(second.moving)}; ${took(second.reporting)} for ${(second.reportBytes / 1e6).toFixed(1)} MB`,
    ),
  ]
}

/** What follows the scan of a large library, and of some photos more. */
export async function benchLibrary(bench: Bench): Promise<BarResult[]> {
  const [photos, added] = bench.full ? [100_000, 1_000] : [5_000, 200]
  const folder = await emptyFolder(bench.workspace, 'made-up-library')
  const fill = (from: number, to: number) =>
    runSubject('fill-catalog', { folder, total: photos + added, from, to, ...shares }, Filled)
  bench.say(`a library of ${photos} photos, filled and matched`)
  await fill(0, photos)
  const first = await runSubject('match-library', { folder }, Matched)
  bench.say(`${added} photos join it`)
  await fill(photos, photos + added)
  const second = await runSubject('match-library', { folder }, Matched)
  await emptyFolder(bench.workspace, 'made-up-library')
  return barsOf(`a made-up library of ${photos.toLocaleString('en')}`, first, second, added)
}
