import { link, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Preprocessing } from '../../../src/shared/contract/photo.ts'
import type { ScanResult } from '../../../src/shared/contract/scan-result.ts'
import { builtCommand, scanWithCommand } from '../../support/run-command.ts'
import { measured, median, type BarResult } from '../bar.ts'
import { runSubject } from '../child.ts'
import { emptyFolder, type Bench } from '../workspace.ts'
import { openLoad, type Way } from './remote-throughput.ts'

/** Enough that the first requests, and the wait for the last, are a small part. */
const mostPhotos = 1000
/** As a scan cuts its batches. */
const batch = 8
const concurrency = 8
const limitMs = 120_000

const Alone = z.object({ seconds: z.number(), cpuSeconds: z.number(), pictures: z.number() })

/** One round: each part alone, then all of it. Seconds. */
interface Round {
  decode: z.infer<typeof Alone>
  server: number
  scan: ScanResult['stats']
  /** Life of the command beside its scan: start of the process, opening and probing the server, writing the result. */
  around: number
}

/** Photos of the library under one folder of their own. */
async function linkPhotos(bench: Bench): Promise<string> {
  const folder = await emptyFolder(bench.workspace, 'remote-library')
  const chosen = bench.library.paths.slice(0, mostPhotos)
  for (const [k, path] of chosen.entries())
    await link(path, join(folder, `${String(k).padStart(4, '0')}-${path.split('/').at(-1) ?? ''}`))
  return folder
}

/**
 * A whole scan through a server against the slower of its two sides, each measured alone in the same round on the cores that it has in
 * the scan: the server under the load generator with as many pictures, and the scan's own stages with something in the server's
 * place that answers at once. Server and scan have a half of the cores each: where they share them they can't run at the same
 * time, and the slower side is no measure of both. Comparing what was found follows the scan and is no part of it: it is told
 * beside it, as are the start and the probing of the server.
 */
export async function measureRemoteScan(bench: Bench, way: Way, preprocessing: Preprocessing): Promise<BarResult[]> {
  const folder = await linkPhotos(bench)
  const load = await openLoad(way, preprocessing)
  const rounds: Round[] = []
  try {
    for (let run = 0; run < bench.runs; run++) {
      bench.say(`remote: scan over ${way.offer.transport}, run ${run + 1} of ${bench.runs}`)
      const decode = async (): Promise<Round['decode']> => {
        const catalogDir = await emptyFolder(bench.workspace, 'remote-decode')
        const dimension = way.offer.dimension ?? 512
        return runSubject('scan-without-server', { folder, catalogDir, preprocessing, dimension }, Alone)
      }
      const scan = (): ReturnType<typeof scanOnce> => scanOnce(bench, way, folder)
      // In turns, so that what else the machine does meets both.
      const first = run % 2 === 0 ? await decode() : null
      const whole = await scan()
      const alone = first ?? (await decode())
      const pictures = whole.scan.embedded + whole.scan.framesEmbedded
      const requests = Math.ceil(pictures / batch)
      const options = { timeoutMs: limitMs, warmUp: 2, giveUpAfterTimeouts: 1 }
      const outcome = await load.load(batch, { kind: 'closed', concurrency, requests, limitMs }, options)
      rounds.push({ decode: alone, server: (outcome.wallMs / 1000) * (pictures / outcome.images), ...whole })
    }
  } finally {
    await load.close()
    await rm(folder, { recursive: true, force: true })
  }
  return barsOf(way, rounds)
}

async function scanOnce(bench: Bench, way: Way, folder: string): Promise<Pick<Round, 'scan' | 'around'>> {
  const workspace = await emptyFolder(bench.workspace, 'remote-scan')
  const args = ['--backend', 'triton', '--triton-url', way.access.url, '--input', way.offer.format]
  const { result, outcome } = await scanWithCommand(folder, workspace, args, builtCommand)
  if (result.backend?.kind !== 'triton' || result.stats.embedded === 0)
    throw new Error(`the scan did not go through the server: ${JSON.stringify(result.backend)}`)
  return { scan: result.stats, around: outcome.seconds - result.stats.seconds }
}

function barsOf(way: Way, rounds: readonly Round[]): BarResult[] {
  const told = (value: (round: Round) => number): string => `${median(rounds.map(value)).toFixed(2)} s`
  const embedding = ({ scan }: Round): number => scan.seconds - scan.matchSeconds
  const ownCpu = ({ scan }: Round): number => scan.cpuSeconds - scan.matchCpuSeconds
  const [first] = rounds
  if (first === undefined) throw new Error('no scan was measured')
  const { scan } = first
  const name = `scan through Triton ${way.offer.transport} ${way.offer.format}`
  const pictures = scan.embedded + scan.framesEmbedded
  return [
    measured(
      `${name}: speed / the slower of decoding alone and server alone`,
      { side: 'at-least', value: 0.9, unit: 'ratio' },
      rounds.map((round) => Math.max(round.decode.seconds, round.server) / embedding(round)),
      `${scan.decoded} photos decoded, ${pictures} pictures embedded (${scan.framesEmbedded} of them within borders): scan ${told(embedding)}, decoding alone ${told((round) => round.decode.seconds)}, server alone ${told((round) => round.server)}; beside it comparing ${told((round) => round.scan.matchSeconds)}, start, probing and result ${told((round) => round.around)}; the server on one half of the cores, the rest on the other`,
    ),
    measured(
      `${name}: the same in processor time, decoding alone / scan`,
      { side: 'at-least', value: 0.9, unit: 'ratio' },
      rounds.map((round) => round.decode.cpuSeconds / ownCpu(round)),
      `scan ${told(ownCpu)}, decoding alone ${told((round) => round.decode.cpuSeconds)}: encoding, sending and checking ${median(rounds.map((round) => ((ownCpu(round) - round.decode.cpuSeconds) / pictures) * 1000)).toFixed(2)} ms a picture`,
    ),
  ]
}
