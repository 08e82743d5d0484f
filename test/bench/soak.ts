import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ScanResult } from '../../src/shared/contract/scan-result.ts'
import { generateSoak } from '../fixtures/generate-soak.ts'
import { builtCommand, nodeBinary } from '../support/run-command.ts'
import { formatBars, measured, notMeasured, type BarResult } from './bar.ts'
import { describeEnvironment } from './environment.ts'
import { timestamp } from './timestamp.ts'
import { emptyFolder } from './workspace.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))

const usage = `npm run bench:soak -- [options]
  --files N       files, half of them sound (20000)
  --out DIR       where the table is written (benchmark_results)
  --workspace DIR where the files and the catalog are kept (.cache/bench)
`

interface Soaked {
  result: ScanResult
  /** Resident megabytes of the scanning process, every quarter of a second. */
  memoryMb: number[]
  seconds: number
}

/** Resident megabytes of a process, or null where the system has no /proc. */
async function residentMb(pid: number): Promise<number | null> {
  try {
    const found = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))
    return found === null ? null : Number(found[1]) / 1000
  } catch {
    return null
  }
}

/** Scans with the built command and watches its memory. */
async function soak(folder: string, workspace: string): Promise<Soaked> {
  const json = join(workspace, 'result.json')
  const args = [builtCommand, 'scan', folder, '--catalog', join(workspace, 'catalog'), '--json', json, '--quiet']
  const started = performance.now()
  const child = spawn(nodeBinary(), args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => (errors = (errors + part).slice(-4000)))
  const memoryMb: number[] = []
  const watch = setInterval(() => {
    void residentMb(child.pid ?? 0).then((mb) => {
      if (mb !== null) memoryMb.push(mb)
    })
  }, 250)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  clearInterval(watch)
  if (code !== 0 && code !== 1) throw new Error(`scan ended with ${code}: ${errors.slice(-2000)}`)
  const result = ScanResult.parse(JSON.parse(await readFile(json, 'utf8')))
  return { result, memoryMb, seconds: (performance.now() - started) / 1000 }
}

function barsOf({ result, memoryMb }: Soaked, files: number, sound: ReadonlySet<string>): BarResult[] {
  const lost = files - result.photos - result.unreadable.length
  const bars = [
    measured(
      'files neither read nor listed as unreadable',
      { side: 'at-most', value: 0, unit: 'files' },
      [lost],
      `of ${files}`,
    ),
    measured(
      'sound photos listed as unreadable',
      { side: 'at-most', value: 0, unit: 'files' },
      [result.unreadable.filter(({ path }) => sound.has(path)).length],
      `of ${sound.size}; of the damaged files ${files - sound.size - result.unreadable.length} were shown`,
    ),
    measured(
      'memory of the engine',
      { side: 'at-most', value: 600, unit: 'MB' },
      [result.stats.peakRssBytes / 1e6],
      'highest resident size of the process',
    ),
  ]
  const name = 'memory in the last quarter of the time / in the second'
  const quarter = Math.floor(memoryMb.length / 4)
  if (quarter < 8) return [...bars, notMeasured(name, 'too short a scan, or a system without /proc')]
  // Models, pools and caches are filled in the first quarter.
  const highest = (from: number): number => Math.max(...memoryMb.slice(from * quarter, (from + 1) * quarter))
  const [second, last] = [highest(1), highest(3)]
  return [
    ...bars,
    measured(
      name,
      { side: 'at-most', value: 1.15, unit: 'ratio' },
      [last / second],
      `${second.toFixed(0)} MB, ${last.toFixed(0)} MB`,
    ),
  ]
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      files: { type: 'string', default: '20000' },
      out: { type: 'string', default: join(project, 'benchmark_results') },
      workspace: { type: 'string', default: join(project, '.cache', 'bench') },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return
  }
  const workspace = await emptyFolder(values.workspace, 'soak')
  const folder = join(workspace, 'files')
  process.stderr.write(`writing ${values.files} files to ${folder}\n`)
  const set = await generateSoak(folder, Number(values.files), 7)
  const files = set.sound.length + set.damaged + set.hostile
  process.stderr.write('scanning\n')
  const soaked = await soak(folder, workspace)
  const bars = barsOf(soaked, files, new Set(set.sound))
  const environment = describeEnvironment()
  const { result, memoryMb, seconds } = soaked
  const codes = Object.fromEntries(
    [...Map.groupBy(result.unreadable, ({ code }) => code)].map(([code, all]) => [code, all.length]),
  )
  const record = {
    schema: 'twinlens/soak@1',
    at: new Date().toISOString(),
    environment,
    files: { ...set, sound: set.sound.length, all: files },
    seconds,
    read: result.photos,
    truncated: result.truncated.length,
    unreadable: codes,
    bars,
    memoryMb: memoryMb.map(Math.round),
  }
  await mkdir(values.out, { recursive: true })
  const file = join(values.out, `soak_${environment.machine}_${timestamp()}.json`)
  await writeFile(file, `${JSON.stringify(record)}\n`)
  process.stdout.write(`${files} files in ${seconds.toFixed(0)} s; unreadable: ${JSON.stringify(codes)}\n\n`)
  process.stdout.write(`${formatBars(bars)}\n\nWritten to ${file}\n`)
}

await main()
