import type { Exposure, ServerReport } from '../../../shared/contract/servers.ts'
import { asTwinlensError, isCancellation, type ErrorCode } from '../../../shared/errors.ts'
import { withEncryptionHint } from './encryption-hint.ts'
import { exposureOf } from './exposure.ts'
import type { ServerAddress } from './server-address.ts'

/** A report of nothing known. */
export function emptyReport(exposure: Exposure): ServerReport {
  return {
    reachable: false,
    ready: false,
    roundTripMs: null,
    server: null,
    device: 'not told',
    gpus: [],
    offers: [],
    exposure,
    notes: [],
    problem: null,
  }
}

/** Codes that mean nothing answered at all. */
const silent: ReadonlySet<ErrorCode> = new Set(['server-unreachable', 'server-timeout'])

/**
 * The report of a server that could not be asked.
 *
 * @throws TwinlensError `cancelled`
 */
export async function reportOfFailure(thrown: unknown, address: ServerAddress): Promise<ServerReport> {
  if (isCancellation(thrown)) throw thrown
  const { code, message } = await withEncryptionHint(asTwinlensError(thrown), address)
  return { ...emptyReport(exposureOf(address)), reachable: !silent.has(code), problem: { code, message } }
}

const roundTrips = 5

/** Median milliseconds of a question that does no work, asked a few times one after the other. */
export async function medianRoundTrip(ask: () => Promise<void>): Promise<number> {
  const took: number[] = []
  for (let turn = 0; turn < roundTrips; turn++) {
    const started = performance.now()
    await ask()
    took.push(performance.now() - started)
  }
  return took.toSorted((a, b) => a - b)[roundTrips >> 1] ?? 0
}
