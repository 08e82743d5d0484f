import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parts, type Part } from '../fixtures/generate-library.ts'
import { measureQuality } from '../support/measure-quality.ts'
import { formatBars, type BarResult } from './bar.ts'
import { describeEnvironment } from './environment.ts'
import { formatOtherTools, readOtherTools } from './quality/other-tools.ts'
import { qualityBars } from './quality/quality-bars.ts'
import { formatKinds, formatNames, formatSettings, formatTraps, type QualityRun } from './quality/report.ts'
import { qualitySettings, type Setting } from './quality/settings.ts'
import { timedScan } from './quality/timed-scan.ts'
import { timestamp } from './timestamp.ts'
import { emptyFolder, openLibrary, type Library } from './workspace.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))

const usage = `npm run bench:quality -- [options]
  --photos N      files of each part's library (3000)
  --large         20,000 of them
  --part NAME     a (thresholds are chosen on it), b (they are reported on it) or c (kept away from tuning);
                  may be given more than once (a and b)
  --setting TEXT  only settings whose name holds this text (all)
  --megapixels A-B  size of the photos, most near A (0.5-2)
  --sources DIR   photos to generate the libraries from
  --seed N        of the libraries (7)
  --out DIR       where the tables are written (benchmark_results)
  --workspace DIR where libraries and catalogs are kept (.cache/bench)
`

const partNames: Readonly<Record<Part, string>> = {
  a: 'tuning half',
  b: 'held-out half',
  c: 'held-out part',
}

interface Options {
  photos: number
  seed: number
  megapixels: readonly [number, number]
  sources: string | null
  workspace: string
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)

async function runSetting(
  library: Library,
  part: Part,
  setting: Setting,
  catalog: string,
  cold: boolean,
): Promise<QualityRun> {
  const { result, wallSeconds, cpuSeconds } = await timedScan(library.folder, catalog, setting.arguments)
  if (result.photos !== library.paths.length) throw new Error(`${result.photos} photos of ${library.paths.length}`)
  return {
    part: partNames[part],
    photos: result.photos,
    bases: library.truth.bases.length,
    setting: setting.name,
    arguments: setting.arguments,
    seconds: cold ? wallSeconds : null,
    cpuMsPerPhoto: cold && cpuSeconds !== null ? (cpuSeconds * 1000) / result.photos : null,
    peakMb: result.stats.peakRssBytes / 1e6,
    quality: measureQuality(library.truth, result, library.folder),
  }
}

async function runPart(part: Part, settings: readonly Setting[], options: Options): Promise<QualityRun[]> {
  say(`${partNames[part]}: ${options.photos} files`)
  const library = await openLibrary({ ...options, part })
  const families = [...Map.groupBy(settings, ({ family }) => family)]
  const runs: QualityRun[] = []
  for (const [family, members] of families) {
    const catalog = await emptyFolder(options.workspace, `quality-${part}-${family}`)
    for (const [i, setting] of members.entries()) {
      const run = await runSetting(library, part, setting, catalog, i === 0)
      const { overall } = run.quality
      say(
        `  ${setting.name}: P ${overall.precision.value?.toFixed(4)}, recall ${overall.recall.value?.toFixed(4)}, F1 ${overall.f1?.toFixed(4)}`,
      )
      runs.push(run)
    }
  }
  return runs
}

/** Which pairs are wrong is told of the tuning half alone: whoever looks at the others' errors has tuned on them. */
function withoutErrors(run: QualityRun): QualityRun {
  if (run.part === partNames.a) return run
  const { quality } = run
  return { ...run, quality: { ...quality, falsePairs: [], missed: [], relations: { ...quality.relations, wrong: [] } } }
}

async function writeTables(out: string, options: Options, runs: readonly QualityRun[], bars: readonly BarResult[]) {
  const environment = describeEnvironment()
  const otherTools = await readOtherTools()
  const { photos, seed, megapixels } = options
  const record = {
    schema: 'twinlens/quality@1',
    at: new Date().toISOString(),
    environment,
    library: { photos, seed, megapixels, sources: options.sources === null ? 'test/fixtures/photos' : 'other photos' },
    bars,
    runs: runs.map(withoutErrors),
    otherTools,
  }
  const text = [
    `# Quality, ${photos} files a part`,
    '',
    `${environment.cpu}, ${environment.cores} cores, Node ${environment.node}, commit ${environment.commit.slice(0, 10)}` +
      `${environment.modified ? ' with changes' : ''}; photos of ${megapixels.join('–')} megapixels from ${record.library.sources}, seed ${seed}.`,
    'Pairs that share a group of any tier count as found. P* leaves out pairs of traps and of neighbouring tiles of one photo.',
    '',
    formatBars(bars),
  ]
  for (const [part, all] of Map.groupBy(runs, (run) => run.part)) {
    // Kind by kind for the models; thresholds have a row each above.
    const shown = all.filter(({ seconds }) => seconds !== null).slice(0, 2)
    const [first] = shown
    text.push('', `## ${part}`, '', `${first?.photos} files of ${first?.bases} bases.`, '', formatSettings(all))
    text.push('', formatKinds(shown), '', formatTraps(shown))
    if (first !== undefined) text.push('', `${first.setting}:`, '', formatNames(first))
  }
  text.push('', '## Beside them', '', formatOtherTools(otherTools), '')
  await mkdir(out, { recursive: true })
  const name = join(out, `quality_${environment.machine}_${timestamp()}`)
  await writeFile(`${name}.json`, `${JSON.stringify(record, null, 1)}\n`)
  await writeFile(`${name}.md`, text.join('\n'))
  process.stdout.write(`${text.join('\n')}\nWritten to ${name}.json and .md\n`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      photos: { type: 'string', default: '3000' },
      large: { type: 'boolean', default: false },
      part: { type: 'string', multiple: true, default: ['a', 'b'] },
      setting: { type: 'string', default: '' },
      megapixels: { type: 'string', default: '0.5-2' },
      sources: { type: 'string' },
      seed: { type: 'string', default: '7' },
      out: { type: 'string', default: join(project, 'benchmark_results') },
      workspace: { type: 'string', default: join(project, '.cache', 'bench') },
      help: { type: 'boolean', default: false },
    },
  })
  const settings = (await qualitySettings()).filter(({ name }) => name.includes(values.setting))
  const chosen = parts.filter((part) => values.part.includes(part))
  const [low, high] = values.megapixels.split('-').map(Number)
  if (values.help || settings.length === 0 || chosen.length === 0 || low === undefined || high === undefined) {
    process.stdout.write(usage)
    return
  }
  const options: Options = {
    photos: values.large ? 20_000 : Number(values.photos),
    seed: Number(values.seed),
    megapixels: [low, high],
    sources: values.sources ?? null,
    workspace: values.workspace,
  }
  const runs: QualityRun[] = []
  for (const part of chosen) runs.push(...(await runPart(part, settings, options)))
  const defaults = runs.filter(({ setting }) => setting === 'default')
  const bars = defaults
    .filter(({ part }) => part !== partNames.a)
    .flatMap(({ part, quality }) => qualityBars(part, quality))
  await writeTables(values.out, options, runs, bars)
}

await main()
