import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pipeline } from 'node:stream/promises'
import type { Dispatcher } from 'undici'
import type { ModelSpec } from '../../shared/contract/models.ts'
import { isCancellation, TwinlensError } from '../../shared/errors.ts'
import { undici } from './late-packages.ts'
import { sha256OfFile } from './manifest.ts'
import { writeReceipt } from './model-receipt.ts'

/** Connections that break are tried again this often without a single new byte before giving up. */
const triesWithoutProgress = 4
const firstPauseMs = 300
const stallMs = 30_000
const redirectLimit = 5
const progressEveryMs = 100

export interface FetchRequest {
  spec: ModelSpec
  /** The person's own folder of models; made when missing. */
  modelsDir: string
  signal?: AbortSignal
  /** Called at most ten times a second and at the end; `totalBytes` is the manifest's. */
  onProgress?: (progress: { receivedBytes: number; totalBytes: number }) => void
}

/**
 * Fetches a model into `<modelsDir>/<file>`. Proxies are taken from HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
 *
 * @returns the path of the checked file
 * @throws TwinlensError as `fetchChecked`
 */
export async function fetchModel({ spec, modelsDir, signal, onProgress }: FetchRequest): Promise<string> {
  const { url } = spec
  if (url === null)
    throw new TwinlensError('invalid-request', `${spec.title} comes with Twinlens; there is nothing to fetch.`)
  const path = join(modelsDir, spec.file)
  const agent = new (undici().EnvHttpProxyAgent)({ connectTimeout: 15_000 })
  try {
    await fetchChecked({ spec, url, path, agent, headers: {}, redirects: true, signal, onProgress })
  } finally {
    await agent.close().catch(() => undefined)
  }
  const { size, mtimeNs } = await stat(path, { bigint: true })
  await writeReceipt(path, { stamp: `${size}:${mtimeNs}`, sha256: spec.sha256 })
  return path
}

export interface CheckedFetch {
  spec: Pick<ModelSpec, 'title' | 'bytes' | 'sha256'>
  url: string
  /** Its folder is made when missing. */
  path: string
  /** Makes the connections; stays open. */
  agent: Dispatcher
  /** Sent with every request, redirected ones too. */
  headers: Readonly<Record<string, string>>
  /** Whether the server may lead elsewhere. */
  redirects: boolean
  signal: AbortSignal | undefined
  /** Called at most ten times a second and at the end. */
  onProgress: FetchRequest['onProgress']
}

/**
 * Fetches a file whose length and sha256 are known. What has arrived stays in `<path>.part`, so a fetch that was cut off, cancelled
 * or killed goes on where it stopped. The file gets its name only after all of its bytes have the right sha256.
 *
 * @throws TwinlensError `offline` (server not reached), `download-failed` (server refuses, disk full, keeps breaking off),
 *   `model-corrupt` (all bytes arrived and are not the model), `cancelled`
 */
export async function fetchChecked(fetching: CheckedFetch): Promise<void> {
  const { spec, url, path, signal } = fetching
  const part = `${path}.part`
  await mkdir(dirname(path), { recursive: true })
  try {
    await receiveAll({ ...fetching, part })
  } catch (error) {
    throw explain(error, spec, new URL(url).host)
  }
  const sha256 = await sha256OfFile(part, signal)
  if (sha256 !== spec.sha256) {
    await discard(part)
    throw new TwinlensError(
      'model-corrupt',
      `What ${new URL(url).host} sent is not ${spec.title}: its sha256 is ${sha256}, not ${spec.sha256}. It was thrown away; try again later, or import the file.`,
    )
  }
  await rename(part, path)
  await discard(part)
}

interface Receiving extends CheckedFetch {
  part: string
}

/** A reply that no further try will change. */
class Refused extends Error {}

async function receiveAll(receiving: Receiving): Promise<void> {
  const { spec, part, signal } = receiving
  let failures = 0
  let have = await sizeOf(part)
  if (have > spec.bytes) have = await startOver(part)
  while (have < spec.bytes) {
    const before = have
    try {
      await receiveSome(receiving, have)
      have = await sizeOf(part)
      if (have < spec.bytes) throw new Error(`The connection ended after ${have} of ${spec.bytes} bytes.`)
    } catch (error) {
      if (error instanceof Refused || isCancellation(error) || signal?.aborted || isDiskFull(error)) throw error
      have = await sizeOf(part)
      failures = have > before ? 1 : failures + 1
      if (failures >= triesWithoutProgress) throw error
      await wait(firstPauseMs * 2 ** (failures - 1), undefined, { signal })
    }
  }
}

/** One connection: asks for the rest and appends what comes, up to the length the model has. */
async function receiveSome(receiving: Receiving, have: number): Promise<void> {
  const { spec, part, signal, onProgress } = receiving
  const etag = await readFile(`${part}.etag`, 'utf8').catch(() => null)
  const resume = have > 0 && etag !== null
  const { statusCode, headers, body } = await ask(
    receiving,
    resume ? { range: `bytes=${have}-`, 'if-range': etag } : {},
  )
  if (statusCode !== 200 && statusCode !== 206) {
    await body.dump().catch(() => undefined)
    if (statusCode === 416) return void (await startOver(part))
    const message = `The server answered ${statusCode}.`
    throw statusCode >= 500 || statusCode === 429 ? new Error(message) : new Refused(message)
  }
  // 200 means the whole file: the server knows no ranges, or the file has changed since.
  const goesOn = statusCode === 206 && String(headers['content-range'] ?? '').startsWith(`bytes ${have}-`)
  if (statusCode === 206 && !goesOn) {
    body.destroy()
    return void (await startOver(part))
  }
  if (!goesOn) {
    const tag = headers.etag
    // A weak tag promises no equal bytes, so it can't be resumed by.
    if (typeof tag === 'string' && !tag.startsWith('W/')) await writeFile(`${part}.etag`, tag)
    else await rm(`${part}.etag`, { force: true })
  }
  let received = goesOn ? have : 0
  let reported = -Infinity
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received += chunk.length
      if (received > spec.bytes)
        throw new Refused(`The server sends more than the ${spec.bytes} bytes that the model has.`)
      yield chunk
      const now = performance.now()
      if (received < spec.bytes && now - reported < progressEveryMs) continue
      reported = now
      onProgress?.({ receivedBytes: received, totalBytes: spec.bytes })
    }
  }
  await pipeline(counted, createWriteStream(part, { flags: goesOn ? 'a' : 'w' }), { signal })
}

/** Follows redirects by hand: the ranges must go along, and a step down from https must not happen. */
async function ask(receiving: Receiving, headers: Record<string, string>): Promise<Dispatcher.ResponseData> {
  let url = new URL(receiving.url)
  for (let step = 0; step <= redirectLimit; step++) {
    const reply = await undici().request(url, {
      dispatcher: receiving.agent,
      headers: { 'user-agent': 'twinlens', ...receiving.headers, ...headers },
      headersTimeout: stallMs,
      bodyTimeout: stallMs,
      ...(receiving.signal === undefined ? {} : { signal: receiving.signal }),
    })
    const target = reply.headers.location
    if (reply.statusCode < 300 || reply.statusCode > 308 || typeof target !== 'string') return reply
    await reply.body.dump()
    if (!receiving.redirects) throw new Refused('The server leads elsewhere.')
    const next = new URL(target, url)
    if (url.protocol === 'https:' && next.protocol !== 'https:') throw new Refused('The server leads away from https.')
    url = next
  }
  throw new Refused('The server redirects in circles.')
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0
}

async function startOver(part: string): Promise<0> {
  await discard(part)
  return 0
}

async function discard(part: string): Promise<void> {
  await rm(part, { force: true })
  await rm(`${part}.etag`, { force: true })
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}

function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EPERM'].includes(codeOf(error))
}

function explain(error: unknown, spec: CheckedFetch['spec'], host: string): TwinlensError {
  const code = codeOf(error)
  const cause = { cause: error }
  if (isCancellation(error))
    return new TwinlensError('cancelled', 'Stopped on request; what has arrived is kept.', cause)
  if (error instanceof TwinlensError) return error
  if (unreachable.has(code)) {
    return new TwinlensError(
      'offline',
      `${host} can't be reached, so ${spec.title} could not be fetched. Check the internet connection or the proxy, or import the file.`,
      cause,
    )
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const megabytes = Math.ceil(spec.bytes / 1e6)
    return new TwinlensError(
      'download-failed',
      `The disk is full: ${spec.title} needs ${megabytes} MB. Make room and fetch again.`,
      cause,
    )
  }
  const why = error instanceof Error ? error.message : String(error)
  const kept = error instanceof Refused ? '' : ' What has arrived is kept: fetch again to go on.'
  return new TwinlensError('download-failed', `${spec.title} could not be fetched from ${host}: ${why}${kept}`, cause)
}
