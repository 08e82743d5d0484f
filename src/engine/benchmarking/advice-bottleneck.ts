import type { StageBreakdown } from '../../shared/contract/benchmark-measures.ts'
import { percentWords } from './advice-words.ts'
import type { OperatingPoint } from './cost-operating-points.ts'

/** Busier than this is at its limit; less busy than `idle` is not. Between them nothing is said. */
const full = 0.85
const idle = 0.65
/** Share of a request's time that has to be on the way before the network is blamed. */
const mostlyNetwork = 0.5
/** As near to the generator's own ceiling as this, it measures itself. */
const nearCeiling = 0.8

export type Limit = 'network' | 'server' | 'client'

export interface Bottleneck {
  limit: Limit
  /** Clause without a full stop: `the network, not the GPU, limits: 88 % of the time`. */
  words: string
  reasons: string[]
}

/**
 * What limits a way of working, where the measurements tell it without contradiction; null else.
 *
 * The network is only blamed where the server tells its own times and neither side is busy: a server that does not tell makes its
 * waiting look like the network.
 */
export function bottleneckOf(point: OperatingPoint, isLocal: boolean): Bottleneck | null {
  if (isLocal) return null
  const busy = busyOf(point)
  const network = networkShare(point.breakdown)
  const clientFull = busy.client !== null && busy.client >= full
  const serverFull = busy.server !== null && busy.server >= full
  if ((clientFull || busy.ceiling >= nearCeiling) && !serverFull) return clientLimit(point, busy)
  if (serverFull && !clientFull && busy.ceiling < nearCeiling) return serverLimit(busy)
  const bothIdle = busy.client !== null && busy.client <= idle && busy.server !== null && busy.server <= idle
  if (network === null || network < mostlyNetwork || !bothIdle) return null
  return {
    limit: 'network',
    words: `the network, not the ${busy.serverName}, limits: ${percentWords(network)} of the time`,
    reasons: [
      `${percentWords(network)} of the time passes on the way.`,
      `The ${busy.serverName} was busy ${percentWords(busy.server ?? 0)} of the time, this computer ${percentWords(busy.client ?? 0)}.`,
    ],
  }
}

interface Busy {
  client: number | null
  server: number | null
  serverName: 'GPU' | 'server'
  /** Of the load generator's own ceiling. */
  ceiling: number
}

function busyOf(point: OperatingPoint): Busy {
  const used = point.utilisation
  const told = [used?.gpu_utilization, used?.server_busy_share].filter((share) => share !== undefined)
  const ceiling = used?.generator_ceiling_rps
  return {
    client: used?.client_cpu_share ?? null,
    server: told.length === 0 ? null : Math.max(...told),
    serverName: used?.gpu_utilization === undefined ? 'server' : 'GPU',
    ceiling: ceiling === undefined || point.requestsPerSecond === null ? 0 : point.requestsPerSecond / ceiling,
  }
}

function networkShare(breakdown: StageBreakdown | null): number | null {
  if (breakdown?.network === undefined || breakdown.compute_infer === undefined) return null
  const total = Object.values(breakdown).reduce((sum, ms) => sum + ms, 0)
  return total > 0 ? breakdown.network / total : null
}

function clientLimit(point: OperatingPoint, busy: Busy): Bottleneck {
  const reasons: string[] = []
  if (busy.client !== null && busy.client >= full)
    reasons.push(`This computer’s share of the work kept its processor busy ${percentWords(busy.client)} of the time.`)
  if (busy.ceiling >= nearCeiling)
    reasons.push(
      `${(point.requestsPerSecond ?? 0).toFixed(0)} requests/s are ${percentWords(busy.ceiling)} of what this computer can send at all.`,
    )
  if (busy.server !== null) reasons.push(`The ${busy.serverName} was busy ${percentWords(busy.server)} of the time.`)
  return { limit: 'client', words: 'this computer limits, the server could do more', reasons }
}

function serverLimit(busy: Busy): Bottleneck {
  const words = `the ${busy.serverName === 'GPU' ? 'server’s GPU' : 'server'} limits: busy ${percentWords(busy.server ?? 0)} of the time`
  const reasons = [`The ${busy.serverName} was busy ${percentWords(busy.server ?? 0)} of the time.`]
  if (busy.client !== null) reasons.push(`This computer was busy ${percentWords(busy.client)} of the time.`)
  return { limit: 'server', words, reasons }
}
