import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Tier } from '../../../src/shared/contract/groups.ts'
import { builtCommand, nodeBinary } from '../../support/run-command.ts'

const Link = z.object({
  a: z.string(),
  b: z.string(),
  relation: z.string(),
  changes: z.array(z.string()).optional(),
  crop: z
    .object({
      of: z.enum(['a', 'b']),
      left: z.number(),
      top: z.number(),
      width: z.number(),
      height: z.number(),
    })
    .nullish(),
})

/** The parts of a scan's result that quality is measured of. */
const Result = z.object({
  photos: z.number(),
  stats: z.object({ seconds: z.number(), peakRssBytes: z.number() }),
  groups: z.array(z.object({ tier: Tier, members: z.array(z.object({ path: z.string() })), links: z.array(Link) })),
})

export interface TimedScan {
  result: z.infer<typeof Result>
  /** Life of the process, start-up included. */
  wallSeconds: number
  /** User and system time of all its threads; null where the system's shell can't tell. */
  cpuSeconds: number | null
}

/** `0m12.345s` as POSIX `times` writes it, user and system; the second line is the children's. */
function cpuOf(text: string): number | null {
  const [user, system] = [...(text.trim().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
  )
  return user === undefined || system === undefined ? null : user + system
}

/** Scans with the built command in a process of its own. `workspace` keeps its catalog, so a second scan is a warm one. */
export async function timedScan(folder: string, workspace: string, extra: readonly string[]): Promise<TimedScan> {
  const json = join(workspace, 'result.json')
  const command = [nodeBinary(), builtCommand, 'scan', folder, '--quiet', '--catalog', join(workspace, 'catalog')]
  const all = [...command, '--json', json, ...extra]
  const [first = '', ...rest] =
    process.platform === 'win32' ? all : ['sh', '-c', '"$@"; code=$?; times >&2; exit $code', 'sh', ...all]
  const started = performance.now()
  const child = spawn(first, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => (errors += part))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const wallSeconds = (performance.now() - started) / 1000
  if (code !== 0 && code !== 1) throw new Error(`scan ended with ${code}: ${errors.slice(-2000)}`)
  const result = Result.parse(JSON.parse(await readFile(json, 'utf8')))
  return { result, wallSeconds, cpuSeconds: cpuOf(errors) }
}
