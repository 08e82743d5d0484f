import { execFile } from 'node:child_process'
import { rename } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { z } from 'zod'
import { builtCommand, scanWithCommand } from '../../support/run-command.ts'
import { measured, median, notMeasured, type BarResult } from '../bar.ts'
import { runSubject } from '../child.ts'
import { eachInFlight } from '../subjects/subject.ts'
import type { Bench } from '../workspace.ts'

/** Seconds of reading the files alone, and of scanning them with nothing to decode; one entry a run. */
export interface MovedSample {
  onDisk: boolean
  readSeconds: number
  scanSeconds: number
  decoded: number
}

/** Lets the system forget the files' pages (posix_fadvise DONTNEED, through GNU dd), as after days. False where it can't. */
async function dropFromCache(paths: readonly string[]): Promise<boolean> {
  const run = promisify(execFile)
  try {
    await run('dd', [`if=${paths[0] ?? ''}`, 'iflag=nocache', 'count=0'])
    await eachInFlight(paths, availableParallelism() * 2, (path) =>
      run('dd', [`if=${path}`, 'iflag=nocache', 'count=0']),
    )
    return true
  } catch {
    return false
  }
}

/** Moves the library, scans it where it is now with the catalog in `workspace`, and moves it back. */
export async function measureMoved(bench: Bench, workspace: string): Promise<MovedSample[]> {
  const { folder, paths } = bench.library
  const samples: MovedSample[] = []
  for (const onDisk of [false, true]) {
    const elsewhere = `${folder} moved ${onDisk ? 'again' : 'once'}`
    const moved = paths.map((path) => path.replace(folder, elsewhere))
    await rename(folder, elsewhere)
    try {
      if (onDisk && !(await dropFromCache(moved))) continue
      const reading = await runSubject('read-files', { paths: moved }, z.object({ seconds: z.number() }))
      if (onDisk) await dropFromCache(moved)
      const { result } = await scanWithCommand(elsewhere, workspace, [], builtCommand)
      const { seconds, decoded } = result.stats
      samples.push({ onDisk, readSeconds: reading.seconds, scanSeconds: seconds, decoded })
    } finally {
      await rename(elsewhere, folder)
    }
  }
  return samples
}

export function movedBars(samples: readonly MovedSample[]): BarResult[] {
  const share = (name: string, chosen: readonly MovedSample[]): BarResult => {
    if (chosen.length === 0) return notMeasured(name, 'the page cache cannot be dropped here')
    const reading = median(chosen.map(({ readSeconds }) => readSeconds))
    const scan = median(chosen.map(({ scanSeconds }) => scanSeconds))
    const basis = `scan’s own ${scan.toFixed(2)} s, reading the same files ${reading.toFixed(2)} s`
    const ratios = chosen.map(({ readSeconds, scanSeconds }) => readSeconds / scanSeconds)
    return measured(name, { side: 'at-least', value: 0.8, unit: 'ratio' }, ratios, basis)
  }
  return [
    measured(
      'moved library: pictures decoded',
      { side: 'at-most', value: 0, unit: 'files' },
      samples.map(({ decoded }) => decoded),
      'the whole library renamed',
    ),
    share(
      'moved library: hashing / reading alone, from disk',
      samples.filter(({ onDisk }) => onDisk),
    ),
    share(
      'moved library: hashing / reading alone, from the page cache',
      samples.filter(({ onDisk }) => !onDisk),
    ),
  ]
}
