import { TwinlensError } from '../../../shared/errors.ts'
import { fetchChecked } from '../model-fetch.ts'
import { HttpChannel, type HttpReply } from './http-channel.ts'
import { originOf } from './http-dispatcher.ts'
import type { ServerAccess } from './inference-client.ts'
import { headerText } from './pytorch-body.ts'
import { askModelInfo } from './pytorch-inspect.ts'
import { askTimeoutMs, infoLimit } from './send-limits.ts'

export interface ServerModelRequest {
  access: ServerAccess
  /** Where the file is put; what has arrived of it stays in `<path>.part`. */
  path: string
  signal?: AbortSignal | undefined
  /** Called at most ten times a second and at the end. */
  onProgress?: ((progress: { receivedBytes: number; totalBytes: number }) => void) | undefined
}

/**
 * Fetches the network that a PyTorch server computes with, as ONNX: the local twin that it can be compared with. A fetch that was
 * cut off goes on where it stopped; the file gets its name only when its sha256 is the one that the server tells.
 *
 * @returns what was told of the file and checked
 * @throws TwinlensError `invalid-request` (not a PyTorch server), `not-found` (the server has no such file, or tells no sha256),
 *   `download-failed`, `model-corrupt`, `offline`, and what asking a server throws
 */
export async function downloadServerModel({
  access,
  path,
  signal,
  onProgress,
}: ServerModelRequest): Promise<{ sha256: string; bytes: number }> {
  if (access.kind !== 'pytorch')
    throw new TwinlensError(
      'invalid-request',
      'Only PyTorch servers send their network. Fetch it elsewhere, or import it.',
    )
  const channel = new HttpChannel(access)
  try {
    const file = await describeModelFile(channel, signal)
    const url = originOf(channel.address) + channel.address.path + file.path
    const spec = { title: `the network of ${channel.errors.address}`, bytes: file.bytes, sha256: file.sha256 }
    const headers = channel.headers({})
    const { dispatcher: agent } = channel
    await fetchChecked({ spec, url, path, agent, headers, redirects: false, signal, onProgress })
    return { sha256: file.sha256, bytes: file.bytes }
  } finally {
    await channel.close()
  }
}

const usualPath = '/model.onnx'

/** Length and sha256: from the description of the model, else from the headers of the file. */
async function describeModelFile(
  channel: HttpChannel,
  signal: AbortSignal | undefined,
): Promise<{ path: string; bytes: number; sha256: string }> {
  const { onnx } = await askModelInfo(channel, signal)
  const told = sha256In(onnx?.sha256)
  // A path on the same server only: the token goes along.
  if (onnx && told !== null && /^\/(?!\/)[^\s?#\\]*$/.test(onnx.path)) return { ...onnx, sha256: told }
  const reply = await channel.exchange({
    method: 'HEAD',
    path: usualPath,
    signal,
    timeoutMs: askTimeoutMs,
    maxBytes: infoLimit,
  })
  const { address } = channel.errors
  if (reply.status === 404 || reply.status === 405)
    throw new TwinlensError('not-found', `${address} does not send its network. Import the file instead.`)
  if (reply.status !== 200) throw channel.errorOf(reply)
  const bytes = Number(reply.headers['content-length'])
  const sha256 = sha256Of(reply)
  if (sha256 === null || !Number.isInteger(bytes) || bytes < 1) {
    throw new TwinlensError(
      'not-found',
      `${address} does not tell the length and sha256 of its network, so it could not be checked. Import the file instead.`,
    )
  }
  return { path: usualPath, bytes, sha256 }
}

/** `X-Content-SHA256` in hex, or RFC 9530's `Repr-Digest` in base64. */
function sha256Of({ headers }: HttpReply): string | null {
  const hex = sha256In(headerText(headers['x-content-sha256']))
  if (hex !== null) return hex
  const digest = /sha-256=:([A-Za-z0-9+/=]+):/.exec(headerText(headers['repr-digest']) ?? '')?.[1]
  return digest === undefined ? null : sha256In(Buffer.from(digest, 'base64').toString('hex'))
}

function sha256In(text: string | null | undefined): string | null {
  const hex = text?.trim().toLowerCase() ?? ''
  return /^[0-9a-f]{64}$/.test(hex) ? hex : null
}
