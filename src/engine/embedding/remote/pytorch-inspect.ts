import type { GpuInfo, InputFormat, InputOffer } from '../../../shared/contract/servers.ts'
import { isCancellation, TwinlensError } from '../../../shared/errors.ts'
import type { HttpCall, HttpChannel } from './http-channel.ts'
import { parseJson } from './kserve-shapes.ts'
import { GpuInfoReply, Health, ModelInfo, OpenApi, PictureList } from './pytorch-shapes.ts'
import { nonsense } from './reply-check.ts'
import { askTimeoutMs, infoLimit } from './send-limits.ts'

/** Where a server sets no limit. */
const batchWithoutLimit = 32

/** The ways in that a server has. */
export interface Ways {
  base64: boolean
  multipart: boolean
  /** Most pictures in a request, as it tells; null where it does not. */
  maxBatch: number | null
  title: string | null
  version: string | null
}

function question(path: string, signal: AbortSignal | undefined): HttpCall {
  return { method: 'GET', path, signal, timeoutMs: askTimeoutMs, maxBytes: infoLimit }
}

/** Words of servers that are well; another word, such as `loading` or `unhealthy`, says that it is not. */
const healthyWords = new Set(['ok', 'healthy', 'ready', 'up', 'alive', 'pass', 'running', 'serving', 'success', 'true'])

/**
 * Whether the server calls itself healthy, at `/health` or else `/healthz`.
 *
 * @throws TwinlensError as `HttpChannel.exchange`; `not-authorised`; `server-nonsense` where neither is known
 */
export async function askHealth(channel: HttpChannel, signal: AbortSignal | undefined): Promise<boolean> {
  for (const path of ['/health', '/healthz']) {
    const reply = await channel.exchange(question(path, signal))
    if (reply.status === 404 || reply.status === 405) continue
    if (reply.status === 503) return false
    if (reply.status !== 200) throw channel.errorOf(reply)
    // Where it says nothing of its state, that it answers is all there is.
    const health = Health.safeParse(jsonOf(reply.body))
    return !health.success || healthyWords.has(String(health.data.status).toLowerCase())
  }
  throw new TwinlensError(
    'server-nonsense',
    `${channel.errors.address} answers, but not as an embedding server does: it knows no /health. Check the port (8002 is usual) and the path.`,
  )
}

/** @throws TwinlensError as `HttpChannel.ask`; `server-nonsense` */
export async function askModelInfo(channel: HttpChannel, signal: AbortSignal | undefined): Promise<ModelInfo> {
  const reply = await channel.exchange(question('/model-info', signal))
  if (reply.status === 404)
    throw nonsense(channel.errors.address, 'it does not tell its model (/model-info is missing)')
  if (reply.status !== 200) throw channel.errorOf(reply)
  return parseJson(ModelInfo, reply.body, 'its description of the model', channel.errors.address)
}

/**
 * The ways in, from the server's own description, or where it keeps that to itself by asking each with nothing in it.
 *
 * @throws TwinlensError as `HttpChannel.exchange`
 */
export async function askWays(channel: HttpChannel, signal: AbortSignal | undefined): Promise<Ways> {
  const reply = await channel.exchange(question('/openapi.json', signal))
  const described = reply.status === 200 ? OpenApi.safeParse(jsonOf(reply.body)) : null
  if (described?.success === true) return waysIn(described.data)
  const [base64, multipart] = await Promise.all([
    takes(channel, '/embed/base64', signal),
    takes(channel, '/embed/batch', signal),
  ])
  return { base64, multipart, maxBatch: null, title: null, version: null }
}

function waysIn({ paths, info, components }: OpenApi): Ways {
  const limits = Object.values(components?.schemas ?? {}).flatMap(({ properties }) =>
    [properties?.['images'], properties?.['files']].flatMap((list) => {
      const parsed = PictureList.safeParse(list)
      return parsed.success && typeof parsed.data.maxItems === 'number' ? [parsed.data.maxItems] : []
    }),
  )
  return {
    base64: paths['/embed/base64']?.['post'] !== undefined,
    multipart: paths['/embed/batch']?.['post'] !== undefined,
    maxBatch: limits.length === 0 ? null : Math.min(...limits),
    title: info?.title === '' ? null : (info?.title ?? null),
    version: info?.version ?? null,
  }
}

/** An empty request costs no work: a server that knows the path says what is missing (422, 400), another 404 or 405. */
async function takes(channel: HttpChannel, path: string, signal: AbortSignal | undefined): Promise<boolean> {
  const { status } = await channel.exchange({ ...question(path, signal), method: 'POST' })
  return status !== 404 && status !== 405
}

/** The offers of a server, the smallest payload first. */
export function offersFor(info: ModelInfo, ways: Ways): InputOffer[] {
  const formats: InputFormat[] = [
    ...(ways.multipart ? (['multipart-jpeg'] as const) : []),
    ...(ways.base64 ? (['base64-jpeg'] as const) : []),
    ...(ways.multipart ? (['multipart-png'] as const) : []),
    ...(ways.base64 ? (['base64-png'] as const) : []),
  ]
  return formats.map((format) => ({
    model: info.model_name,
    version: info.pretrained ?? info.weights_sha256?.slice(0, 16) ?? null,
    transport: 'http',
    format,
    maxBatch: info.max_images ?? ways.maxBatch ?? batchWithoutLimit,
    dimension: info.embedding_dim ?? null,
  }))
}

/**
 * GPU facts, where the server tells them (404 on some). A trouble is a note, never an error: embedding does not need them.
 *
 * @throws TwinlensError `cancelled`
 */
export async function askGpus(
  channel: HttpChannel,
  signal: AbortSignal | undefined,
): Promise<{ gpus: GpuInfo[]; notes: string[] }> {
  try {
    const reply = await channel.exchange(question('/gpu-info', signal))
    if (reply.status === 404) return { gpus: [], notes: [] }
    if (reply.status !== 200) throw channel.errorOf(reply)
    const told = parseJson(GpuInfoReply, reply.body, 'what it says of its GPU', channel.errors.address)
    return { gpus: gpusOf(told), notes: [] }
  } catch (error) {
    if (isCancellation(error)) throw error
    const why = error instanceof Error ? ` ${error.message}` : ''
    return { gpus: [], notes: [`The GPU could not be asked about.${why}`] }
  }
}

function gpusOf(told: GpuInfoReply): GpuInfo[] {
  const name = told.name ?? told.gpu_name
  const devices = told.devices ?? (name === null || name === undefined ? [] : [{ ...told, name }])
  return devices.map((device) => ({
    name: device.name,
    memoryBytes: bytesOf(device, 'memory_total_bytes', 'memory_total_mb'),
    memoryUsedBytes: bytesOf(device, 'memory_used_bytes', 'memory_used_mb'),
    utilisation: fractionOf(device),
    powerWatts: numberIn(device, 'power_watts'),
  }))
}

function numberIn(device: object, field: string): number | null {
  const value = (device as Readonly<Record<string, unknown>>)[field]
  return typeof value === 'number' ? value : null
}

/** Tools that say "MB" of GPU memory mean 2^20 bytes (nvidia-smi's MiB). */
function bytesOf(device: object, bytesField: string, megabytesField: string): number | null {
  const megabytes = numberIn(device, megabytesField)
  return numberIn(device, bytesField) ?? (megabytes === null ? null : megabytes * 2 ** 20)
}

function fractionOf(device: object): number | null {
  const percent = numberIn(device, 'utilization_percent')
  return percent === null ? numberIn(device, 'utilization') : percent / 100
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}
