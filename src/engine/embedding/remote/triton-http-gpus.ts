import type { GpuInfo } from '../../../shared/contract/servers.ts'
import { isCancellation } from '../../../shared/errors.ts'
import { HttpChannel } from './http-channel.ts'
import type { ServerAccess } from './inference-client.ts'
import { askTimeoutMs, infoLimit } from './send-limits.ts'
import { gpusFromMetrics } from './triton-metrics.ts'

/**
 * GPU facts from Triton's metrics port, where its address was given. A trouble there is a note, never an error: embedding does not
 * need it. The token and headers go there only where it is the same host.
 *
 * @throws TwinlensError `cancelled`
 */
export async function askGpus(
  { metricsUrl, kind, token, headers, certificate, url }: ServerAccess,
  signal: AbortSignal | undefined,
): Promise<{ gpus: GpuInfo[]; notes: string[] }> {
  if (metricsUrl === null) return { gpus: [], notes: [] }
  let channel: HttpChannel | null = null
  try {
    const sameHost = hostOf(metricsUrl) === hostOf(url)
    const secrets = sameHost ? { token, headers } : { token: null, headers: {} }
    channel = new HttpChannel({ kind, url: metricsUrl, certificate, metricsUrl: null, ...secrets })
    const path = channel.address.path === '' ? '/metrics' : ''
    const reply = await channel.ask({ method: 'GET', path, signal, timeoutMs: askTimeoutMs, maxBytes: infoLimit })
    return { gpus: gpusFromMetrics(reply.body.toString('utf8')), notes: [] }
  } catch (error) {
    if (isCancellation(error)) throw error
    const why = error instanceof Error ? ` ${error.message}` : ''
    return { gpus: [], notes: [`The metrics could not be read.${why}`] }
  } finally {
    await channel?.close()
  }
}

function hostOf(url: string): string {
  return /^[a-z]+:\/\/(\[[^\]]*\]|[^:/]*)/i.exec(url)?.[1]?.toLowerCase() ?? url
}
