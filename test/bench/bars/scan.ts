import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { loadManifest, modelPath } from '../../../src/engine/embedding/manifest.ts'
import type { ModelSpec } from '../../../src/shared/contract/models.ts'
import type { ScanResult } from '../../../src/shared/contract/scan-result.ts'
import { builtCommand, runCommand, scanWithCommand } from '../../support/run-command.ts'
import { measured, median, notMeasured, type BarResult } from '../bar.ts'
import { runSubject } from '../child.ts'
import { measureMoved, movedBars, type MovedSample } from './moved.ts'
import { emptyFolder, type Bench } from '../workspace.ts'

const Timed = z.object({ seconds: z.number() })

/** Wall seconds of whole processes, start-up included, and what the scans reported; one entry a run. */
interface Samples {
  dHash: number[]
  decode: number[]
  model: number[]
  cold: number[]
  coldFast: number[]
  peakMb: number[]
  again: { photosPerSecond: number; opened: number }[]
  moved: MovedSample[]
}

interface ScanBars {
  bars: BarResult[]
  /** The last cold scan with the default model, for the quality table. */
  result: ScanResult | null
}

async function specOf(role: ModelSpec['role']): Promise<{ spec: ModelSpec; path: string }> {
  const resources = fileURLToPath(new URL('../../../resources', import.meta.url))
  const { models } = await loadManifest(resources)
  const spec = models.find((model) => model.role === role)
  if (spec === undefined) throw new Error(`the manifest has no ${role} model`)
  return { spec, path: modelPath(spec, resources, resources) }
}

async function wallOfScan(bench: Bench, folder: string, workspace: string, extra: string[] = []) {
  const { outcome, result } = await scanWithCommand(folder, workspace, extra, builtCommand)
  if (result.photos !== bench.library.paths.length)
    throw new Error(`${result.photos} photos of ${bench.library.paths.length}`)
  return { seconds: outcome.seconds, result }
}

/** The scan after the cold one, on its catalog: nothing has changed. */
async function measureAgain(bench: Bench, workspace: string, samples: Samples): Promise<void> {
  const { stats } = (await wallOfScan(bench, bench.library.folder, workspace)).result
  samples.again.push({
    photosPerSecond: bench.library.paths.length / stats.seconds,
    opened: stats.read + stats.decoded,
  })
}

async function measureOnce(bench: Bench, run: number, fastArguments: string[] | null, samples: Samples) {
  const { folder, paths } = bench.library
  const { spec, path } = await specOf('default')
  const { width, height } = spec.input.preprocessing
  const workspace = await emptyFolder(bench.workspace, 'scan')
  let result: ScanResult | null = null
  const parts: (() => Promise<void>)[] = [
    async () => {
      const done = await runSubject('decode-pictures', { paths, width, height, dHash: true }, Timed)
      samples.dHash.push(done.wallSeconds)
    },
    async () => {
      const done = await runSubject('decode-pictures', { paths, width, height, dHash: false }, Timed)
      samples.decode.push(done.wallSeconds)
    },
    async () => {
      // Identical files are embedded once, so the model alone is asked for as many pictures as there are contents.
      const count = paths.length - bench.library.truth.files.filter(({ kind }) => kind === 'exact').length
      const input = { modelPath: path, inputName: spec.input.name, width, height, count }
      // Which batch, and whether idle threads spin, is the machine's matter: the fastest way counts.
      const seconds: number[] = []
      for (const spinning of [true, false]) {
        for (const batchSize of [1, spec.batchSize]) {
          const run = await runSubject('run-model', { ...input, batchSize, spinning }, Timed)
          seconds.push(run.wallSeconds)
        }
      }
      samples.model.push(Math.min(...seconds))
    },
    async () => {
      const cold = await wallOfScan(bench, folder, workspace)
      result = cold.result
      samples.cold.push(cold.seconds)
      samples.peakMb.push(cold.result.stats.peakRssBytes / 1e6)
      await measureAgain(bench, workspace, samples)
      samples.moved.push(...(await measureMoved(bench, workspace)))
    },
    async () => {
      if (fastArguments === null) return
      const fast = await emptyFolder(bench.workspace, 'scan-fast')
      samples.coldFast.push((await wallOfScan(bench, folder, fast, fastArguments)).seconds)
      await rm(fast, { recursive: true, force: true })
    },
  ]
  // Another order in each run, so that neither side always finds the machine warm or cold.
  for (let i = 0; i < parts.length; i++) await parts[(i + run) % parts.length]?.()
  return result
}

const over = (a: readonly number[], b: (i: number) => number): number[] => a.map((value, i) => value / b(i))
const mid = (values: readonly number[]): string => `${median(values).toFixed(1)} s`

function barsOf(samples: Samples, fastReason: string): BarResult[] {
  const { cold, coldFast, decode, model, dHash, again, moved, peakMb } = samples
  const fast = 'cold scan with the fast model / sharp dHash alone'
  return [
    measured(
      'cold scan / (decode alone + model alone)',
      { side: 'at-most', value: 1.15, unit: 'ratio' },
      over(cold, (i) => (decode[i] ?? NaN) + (model[i] ?? NaN)),
      `scan ${mid(cold)}, decode ${mid(decode)}, model ${mid(model)}`,
    ),
    measured(
      'cold scan / sharp dHash alone',
      { side: 'at-most', value: 2, unit: 'ratio' },
      over(cold, (i) => dHash[i] ?? NaN),
      `scan ${mid(cold)}, dHash ${mid(dHash)}`,
    ),
    coldFast.length === 0
      ? notMeasured(fast, fastReason)
      : measured(
          fast,
          { side: 'at-most', value: 1.6, unit: 'ratio' },
          over(coldFast, (i) => dHash[i] ?? NaN),
          `scan ${mid(coldFast)}, dHash ${mid(dHash)}`,
        ),
    measured(
      'second scan, nothing changed',
      { side: 'at-least', value: 2000, unit: 'photos/s' },
      again.map(({ photosPerSecond }) => photosPerSecond),
      'seconds that the scan reports',
    ),
    measured(
      'second scan: files opened',
      { side: 'at-most', value: 0, unit: 'files' },
      again.map(({ opened }) => opened),
      'files read and pictures decoded',
    ),
    ...movedBars(moved),
    measured(
      'memory of a cold scan',
      { side: 'at-most', value: 600, unit: 'MB' },
      peakMb,
      'highest resident size of the process',
    ),
  ]
}

/** Scans of the generated library against what their parts need alone, in fresh processes, interleaved. */
export async function benchScan(bench: Bench): Promise<ScanBars> {
  const help = await runCommand(['scan', '--help'])
  const { spec } = await specOf('fast')
  const fastArguments = /--model\b/.test(help.stdout) ? ['--model', spec.id] : null
  const samples: Samples = {
    dHash: [],
    decode: [],
    model: [],
    cold: [],
    coldFast: [],
    peakMb: [],
    again: [],
    moved: [],
  }
  let result: ScanResult | null = null
  for (let run = 0; run < bench.runs; run++) {
    bench.say(`scan: run ${run + 1} of ${bench.runs}`)
    result = (await measureOnce(bench, run, fastArguments, samples)) ?? result
  }
  return { bars: barsOf(samples, 'the command has no choice of model'), result }
}
