import { once } from 'node:events'
import { asTwinlensError, isCancellation, throwIfCancelled, TwinlensError } from '../../shared/errors.ts'
import type { ServerSetup } from './backend-setup.ts'
import type { LoadProcess } from './load-process.ts'
import { startOwnProcess } from './own-process.ts'
import type { NullServerReply, NullServerTask } from './null-server-worker.ts'

const entry = new URL(
  import.meta.url.endsWith('.ts') ? './null-server-worker.ts' : './null-server-worker.mjs',
  import.meta.url,
)

const startLimitMs = 10_000
const measuredMs = 1500
const inFlight = 16

/**
 * Requests a second that the load generator reaches against a server that does nothing, in this backend's transport and format,
 * 16 under way. The load process is left connected to that server: open it again.
 *
 * @returns null, with the reason, where it could not be measured
 * @throws TwinlensError `cancelled`
 */
export async function measureCeiling(
  load: LoadProcess,
  { kind, offer, preprocessing }: Pick<ServerSetup, 'kind' | 'offer' | 'preprocessing'>,
  seed: number,
  signal: AbortSignal,
): Promise<{ rps: number } | { rps: null; reason: string }> {
  const { child, end } = startOwnProcess(entry, signal)
  try {
    child.send({ kind, offer, preprocessing } satisfies NullServerTask)
    const limit = AbortSignal.any([signal, AbortSignal.timeout(startLimitMs)])
    const [reply] = (await once(child, 'message', { signal: limit })) as [NullServerReply]
    const scheme = offer.transport === 'grpc' ? 'grpc' : 'http'
    const access = {
      kind,
      url: `${scheme}://127.0.0.1:${reply.port}`,
      token: null,
      headers: {},
      certificate: null,
      metricsUrl: null,
    }
    await load.open({ kind: 'remote', endpoints: [{ access, offer }], preprocessing }, seed, signal)
    const plan = { kind: 'closed', concurrency: inFlight, requests: null, limitMs: measuredMs } as const
    const outcome = await load.load(1, plan, { timeoutMs: 5000, warmUp: 20, giveUpAfterTimeouts: 3 }, signal)
    throwIfCancelled(signal)
    const [failure] = outcome.failures
    if (outcome.successful === 0 || failure !== undefined) {
      throw new TwinlensError('internal', failure?.message ?? 'nothing was answered')
    }
    return { rps: (outcome.successful * 1000) / outcome.wallMs }
  } catch (error) {
    if (isCancellation(error) && signal.aborted) throw error
    return { rps: null, reason: `The generator’s own limit could not be measured: ${asTwinlensError(error).message}` }
  } finally {
    await end()
  }
}
