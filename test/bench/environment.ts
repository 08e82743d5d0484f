import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, hostname, totalmem } from 'node:os'
import { nodeBinary } from '../support/run-command.ts'

interface Environment {
  machine: string
  cpu: string
  cores: number
  memoryGb: number
  platform: string
  node: string
  packages: Record<string, string>
  commit: string
  /** Whether files differed from that commit. */
  modified: boolean
}

function git(...args: string[]): string | null {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return null
  }
}

function versionOf(name: string): string {
  const require = createRequire(import.meta.url)
  const folders = require.resolve.paths(name) ?? []
  for (const folder of folders) {
    try {
      const description: unknown = JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8'))
      if (typeof description === 'object' && description !== null && 'version' in description) {
        return String(description.version)
      }
    } catch {
      continue
    }
  }
  return 'unknown'
}

/** What a measurement was made on; a name of the machine that stays the same but gives nothing away. */
export function describeEnvironment(): Environment {
  const processors = cpus()
  const names = ['sharp', 'onnxruntime-node', 'better-sqlite3', 'hash-wasm']
  return {
    machine: createHash('sha256').update(hostname()).digest('hex').slice(0, 8),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: execFileSync(nodeBinary(), ['--version'], { encoding: 'utf8' }).trim(),
    packages: Object.fromEntries(names.map((name) => [name, versionOf(name)])),
    commit: git('rev-parse', 'HEAD') ?? 'none',
    modified: (git('status', '--porcelain') ?? '') !== '',
  }
}
