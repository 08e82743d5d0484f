import { TwinlensError } from '../../shared/errors.ts'
import { HttpChannel } from '../embedding/remote/http-channel.ts'
import type { ServerAccess } from '../embedding/remote/inference-client.ts'

const askLimitMs = 3000
const mostBytes = 4 * 1024 * 1024

/** Small questions to a server beside the load: metrics, statistics, GPU facts. */
export interface ServerQuestions {
  /** The body of a 2xx answer as text. @throws TwinlensError the codes of `HttpChannel.ask` */
  get(path: string, signal?: AbortSignal): Promise<string>
  close(): Promise<void>
}

/** Questions to the server itself; null where it speaks gRPC only. */
export function askServer(access: ServerAccess): ServerQuestions | null {
  return access.url.startsWith('grpc') ? null : open(access)
}

/** Questions to Triton's metrics port, where its address was given. Secrets go there only where it is the same host. */
export function askMetrics(access: ServerAccess): ServerQuestions | null {
  if (access.metricsUrl === null) return null
  const same = hostOf(access.metricsUrl) === hostOf(access.url)
  const secrets = same ? {} : { token: null, headers: {} }
  const url = access.metricsUrl.replace(/\/metrics\/?$/, '')
  return open({ ...access, ...secrets, url, metricsUrl: null })
}

export function hostOf(url: string): string {
  return /^[a-z]+:\/\/(\[[^\]]*\]|[^:/]*)/i.exec(url)?.[1]?.toLowerCase() ?? url
}

function open(access: ServerAccess): ServerQuestions {
  const channel = new HttpChannel(access)
  return {
    async get(path, signal) {
      const reply = await channel.ask({ method: 'GET', path, signal, timeoutMs: askLimitMs, maxBytes: mostBytes })
      return reply.body.toString('utf8')
    },
    close: () => channel.close(),
  }
}

/** JSON of an answer. @throws TwinlensError `server-nonsense` */
export function parseAnswer(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TwinlensError('server-nonsense', `The server's ${what} is not JSON.`, { cause })
  }
}
