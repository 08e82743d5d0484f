import { fileURLToPath } from 'node:url'
import { loadManifest } from '../../../src/engine/embedding/manifest.ts'
import { openConnection } from '../../../src/engine/embedding/remote/open-connection.ts'
import type { Preprocessing } from '../../../src/shared/contract/photo.ts'
import { startPytorch } from '../../support/servers/start-pytorch.ts'
import { startTriton } from '../../support/servers/start-triton.ts'
import { formatBars, notMeasured, type BarResult } from '../bar.ts'
import { onHalf } from '../cores.ts'
import type { Bench } from '../workspace.ts'
import { measurePayload, type PayloadRow } from './remote-payload.ts'
import { measureRemoteScan } from './remote-scan.ts'
import { measureThroughput, type Way } from './remote-throughput.ts'

interface RemoteBars {
  bars: BarResult[]
  payload: PayloadRow[]
}

/** For each format and run; a picture takes the one server a millisecond, the other seventy. */
const pictures = { triton: 512, pytorch: 32 } as const

async function preprocessingOfServers(): Promise<Preprocessing> {
  const { models } = await loadManifest(fileURLToPath(new URL('../../../resources', import.meta.url)))
  const spec = models.find(({ role }) => role === 'server-twin')
  if (spec === undefined) throw new Error('the manifest has no model that servers run')
  return spec.input.preprocessing
}

async function fp32At(url: string): Promise<Way> {
  const access = { kind: 'triton', url, token: null, headers: {}, certificate: null, metricsUrl: null } as const
  const connection = openConnection(access)
  try {
    const { offers, problem } = await connection.inspect()
    const offer = offers.find(({ format }) => format === 'fp32')
    if (offer === undefined) throw new Error(`${url} offers no FP32. ${problem?.message ?? ''}`)
    return { access, offer }
  } finally {
    await connection.close()
  }
}

/** A part that fails is a row of the table, not the end of the others; each part is told as soon as it is known. */
async function attempt(bench: Bench, bar: string, work: () => Promise<BarResult[]>): Promise<BarResult[]> {
  try {
    const results = await work()
    bench.say(formatBars(results))
    return results
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [notMeasured(bar, `failed: ${reason.split('\n')[0] ?? ''}`)]
  }
}

/** The server on one half of the cores, everything else on the other. */
async function scanBars(bench: Bench, preprocessing: Preprocessing): Promise<BarResult[]> {
  const triton = await onHalf('second', () => startTriton({ models: ['fp32'] }))
  const bars: BarResult[] = []
  try {
    for (const way of [await fp32At(triton.url), await fp32At(triton.grpcUrl)]) {
      const through = `scan through Triton ${way.offer.transport}`
      bars.push(
        ...(await attempt(bench, through, () => onHalf('first', () => measureRemoteScan(bench, way, preprocessing)))),
      )
    }
  } finally {
    await triton.stop()
  }
  return bars
}

/**
 * Real servers on this machine, started here. Triton runs a network that takes a millisecond or two a picture in its Python backend, so
 * that the clients and not the network are compared; server and client share the cores.
 */
export async function benchRemote(bench: Bench): Promise<RemoteBars> {
  const preprocessing = await preprocessingOfServers()
  const bars: BarResult[] = []
  const payload: PayloadRow[] = []
  const triton = await startTriton({ models: ['fp32', 'fp16', 'u8', 'jpeg'] })
  try {
    const ways = [await fp32At(triton.url), await fp32At(triton.grpcUrl)]
    for (const way of ways) {
      const against = `Triton ${way.offer.transport} / perf_analyzer`
      bars.push(...(await attempt(bench, against, () => measureThroughput(bench, triton, way, preprocessing))))
    }
    for (const { access } of ways) {
      bench.say(`remote: what a photo costs at ${access.url}`)
      payload.push(...(await measurePayload(bench, 'triton', access.url, preprocessing, pictures.triton)))
    }
  } finally {
    await triton.stop()
  }
  bars.push(...(await scanBars(bench, preprocessing)))
  const pytorch = await startPytorch({ env: { EXPORT_ONNX: '0' } })
  try {
    bench.say(`remote: what a photo costs at ${pytorch.url}`)
    payload.push(...(await measurePayload(bench, 'pytorch', pytorch.url, preprocessing, pictures.pytorch)))
  } finally {
    await pytorch.stop()
  }
  return { bars, payload }
}
