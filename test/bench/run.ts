import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Quality } from '../support/measure-quality.ts'
import { formatQualityTable } from '../support/quality-table.ts'
import { formatBars, notMeasured, type BarResult } from './bar.ts'
import { benchLibrary } from './bars/library.ts'
import { benchNeighbours } from './bars/neighbours.ts'
import { benchQuality } from './bars/quality.ts'
import { formatPayload, type PayloadRow } from './bars/remote-payload.ts'
import { benchRemote } from './bars/remote.ts'
import { benchScan } from './bars/scan.ts'
import { benchSearch, benchThreshold } from './bars/search.ts'
import { benchWindow } from './bars/window.ts'
import { describeEnvironment } from './environment.ts'
import { timestamp } from './timestamp.ts'
import { openLibrary, type Bench } from './workspace.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))

const usage = `npm run bench -- [options]
  --photos N      size of the generated library (3000)
  --megapixels A-B  size of its photos, most near A (5-12, as cameras give them)
  --runs N        runs of each comparison (5)
  --only NAME     scan (with quality), search, neighbours, threshold, library, window or remote; may be given more than once
  --full          the large searches too: 100,000 embeddings, 1,000,000 hashes, neighbours among 1,000,000, a library of 100,000 (hours)
  --sources DIR   photos to generate the library from
  --workspace DIR where the library and catalogs are kept (.cache/bench)
`

interface Outcome {
  bars: BarResult[]
  quality: Quality | null
  /** What a photo costs by input type. */
  payload?: PayloadRow[]
}

const names = ['scan', 'search', 'neighbours', 'threshold', 'library', 'window', 'remote'] as const
type Name = (typeof names)[number]

async function runBench(name: Name, bench: Bench): Promise<Outcome> {
  if (name === 'search') return { bars: await benchSearch(bench), quality: null }
  if (name === 'neighbours') return { bars: await benchNeighbours(bench), quality: null }
  if (name === 'threshold') return { bars: await benchThreshold(bench), quality: null }
  if (name === 'library') return { bars: await benchLibrary(bench), quality: null }
  if (name === 'window') return { bars: await benchWindow(bench), quality: null }
  if (name === 'remote') return { ...(await benchRemote(bench)), quality: null }
  const { bars, result } = await benchScan(bench)
  if (result === null) return { bars, quality: null }
  const { bars: more, quality } = benchQuality(bench, result)
  return { bars: [...bars, ...more], quality }
}

/** A bench that fails is a row of the table, not the end of the others. */
async function attempt(name: Name, bench: Bench): Promise<Outcome> {
  try {
    return await runBench(name, bench)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    bench.say(`${name} failed: ${reason}`)
    return { bars: [notMeasured(name, `failed: ${reason.split('\n')[0] ?? ''}`)], quality: null }
  }
}

/** `5-12` as two numbers. */
function readRange(text: string): readonly [number, number] {
  const [low, high] = text.split('-').map(Number)
  if (low === undefined || high === undefined || !(low > 0 && high >= low)) throw new Error(`not a range: ${text}`)
  return [low, high]
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      photos: { type: 'string', default: '3000' },
      megapixels: { type: 'string', default: '5-12' },
      runs: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true },
      full: { type: 'boolean', default: false },
      sources: { type: 'string' },
      workspace: { type: 'string', default: join(project, '.cache', 'bench') },
      help: { type: 'boolean', default: false },
    },
  })
  const chosen = names.filter((name) => values.only?.includes(name) ?? true)
  if (values.help || chosen.length === 0) {
    process.stdout.write(usage)
    return
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const range = readRange(values.megapixels)
  await mkdir(values.workspace, { recursive: true })
  say(`library of ${values.photos} photos in ${values.workspace}`)
  const library = await openLibrary({
    workspace: values.workspace,
    photos: Number(values.photos),
    megapixels: range,
    sources: values.sources ?? null,
  })
  const bench: Bench = { workspace: values.workspace, library, runs: Number(values.runs), full: values.full, say }
  const environment = describeEnvironment()
  const outcomes: Outcome[] = []
  for (const name of chosen) outcomes.push(await attempt(name, bench))
  const bars = outcomes.flatMap((outcome) => outcome.bars)
  const quality = outcomes.find((outcome) => outcome.quality !== null)?.quality ?? null
  const payload = outcomes.find((outcome) => outcome.payload !== undefined)?.payload ?? null
  const { paths, bytes, seed, hash } = library
  const record = {
    schema: 'twinlens/bars@1',
    at: new Date().toISOString(),
    environment,
    library: { photos: paths.length, bytes, megapixels: range, seed, hash, bases: library.truth.bases.length },
    runs: bench.runs,
    bars,
    quality,
    payload,
  }
  const folder = join(project, 'benchmark_results')
  await mkdir(folder, { recursive: true })
  const file = join(folder, `bars_${environment.machine}_${timestamp()}.json`)
  await writeFile(file, `${JSON.stringify(record, null, 1)}\n`)
  const { cpu, cores, node, commit } = environment
  process.stdout.write(`\n${cpu}, ${cores} cores, Node ${node}, commit ${commit.slice(0, 10)}\n`)
  process.stdout.write(
    `${paths.length} photos of ${values.megapixels} megapixels, ${(bytes / 1e6).toFixed(0)} MB, seed ${seed}, library ${hash}\n\n`,
  )
  process.stdout.write(`${formatBars(bars)}\n`)
  if (quality !== null) process.stdout.write(`\n${formatQualityTable(quality)}\n`)
  if (payload !== null) process.stdout.write(`\n${formatPayload(payload)}\n`)
  process.stdout.write(`\nWritten to ${file}\n`)
}

await main()
