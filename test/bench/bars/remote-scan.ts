import { link, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Preprocessing } from '../../../src/shared/contract/photo.ts'
import { builtCommand, scanWithCommand } from '../../support/run-command.ts'
import { measured, median, type BarResult } from '../bar.ts'
import { runSubject } from '../child.ts'
import { emptyFolder, type Bench } from '../workspace.ts'
import { openLoad, type Way } from './remote-throughput.ts'

/** Enough that the start of the processes is a small part. */
const mostPhotos = 400
/** As a scan cuts its batches. */
const batch = 8
const concurrency = 8
const limitMs = 120_000

const Timed = z.object({ seconds: z.number() })

/** Photos of the library under one folder of their own. */
async function linkPhotos(bench: Bench): Promise<{ folder: string; paths: string[] }> {
  const folder = await emptyFolder(bench.workspace, 'remote-library')
  const chosen = bench.library.paths.slice(0, mostPhotos)
  const paths = chosen.map((path, k) => join(folder, `${String(k).padStart(4, '0')}-${path.split('/').at(-1) ?? ''}`))
  for (const [k, path] of chosen.entries()) await link(path, paths[k] ?? '')
  return { folder, paths }
}

/**
 * A whole scan through a server against the slower of its two sides, each measured alone in the same run: the server under the load
 * generator, and the same scan without the AI tier, which reads, hashes and decodes each photo and makes its thumbnail. Decoding to the
 * model's pixels and nothing else is told beside them.
 */
export async function measureRemoteScan(bench: Bench, way: Way, preprocessing: Preprocessing): Promise<BarResult[]> {
  const { folder, paths } = await linkPhotos(bench)
  const { width, height } = preprocessing
  const { transport, format } = way.offer
  const bare: number[] = []
  const decode: number[] = []
  const server: number[] = []
  const scan: number[] = []
  const load = await openLoad(way, preprocessing)
  const parts = [
    async () => {
      const done = await runSubject('decode-pictures', { paths, width, height, dHash: false }, Timed)
      bare.push(done.seconds)
    },
    async () => {
      const workspace = await emptyFolder(bench.workspace, 'remote-scan')
      const { result } = await scanWithCommand(folder, workspace, ['--tiers', 'exact,perceptual'], builtCommand)
      decode.push(result.stats.seconds)
    },
    async () => {
      const requests = Math.ceil(paths.length / batch)
      const options = { timeoutMs: limitMs, warmUp: 2, giveUpAfterTimeouts: 1 }
      const outcome = await load.load(batch, { kind: 'closed', concurrency, requests, limitMs }, options)
      server.push((outcome.wallMs / 1000) * (paths.length / outcome.images))
    },
    async () => {
      const workspace = await emptyFolder(bench.workspace, 'remote-scan')
      const args = ['--backend', 'triton', '--triton-url', way.access.url, '--input', format]
      const { result } = await scanWithCommand(folder, workspace, args, builtCommand)
      if (result.backend?.kind !== 'triton' || result.stats.embedded === 0)
        throw new Error(`the scan did not go through the server: ${JSON.stringify(result.backend)}`)
      scan.push(result.stats.seconds)
    },
  ]
  try {
    for (let run = 0; run < bench.runs; run++) {
      bench.say(`remote: scan over ${transport}, run ${run + 1} of ${bench.runs}`)
      for (let part = 0; part < parts.length; part++) await parts[(part + run) % parts.length]?.()
    }
  } finally {
    await load.close()
    await rm(folder, { recursive: true, force: true })
  }
  const seconds = (values: readonly number[]): string => `${median(values).toFixed(1)} s`
  const basis = `${paths.length} photos: scan ${seconds(scan)}, without the AI tier ${seconds(decode)}, server ${seconds(server)}, sharp to 224 pixels ${seconds(bare)}; the server on one half of the cores, the rest on the other`
  return [
    measured(
      `scan through Triton ${transport} ${format}: speed / the slower of decoding alone and server alone`,
      { side: 'at-least', value: 0.9, unit: 'ratio' },
      scan.map((value, run) => Math.max(decode[run] ?? NaN, server[run] ?? NaN) / value),
      basis,
    ),
  ]
}
