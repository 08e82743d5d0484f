import type { ParityVerdict, ServerKind } from '../../shared/contract/servers.ts'
import { rankOf } from './offer-choice.ts'
import type { ReadyServer } from './server-desk.ts'

/** Servers of one kind that answer the same vectors: they share a scan's work. */
export interface Pool {
  kind: ServerKind
  spaceKey: string
  dimension: number
  verdict: ParityVerdict
  /** In the order in which the person entered them. */
  servers: readonly ReadyServer[]
  /** Of all together; null where one was not measured. */
  imagesPerSecond: number | null
  /** For sentences. */
  addresses: string
}

export function formPools(ready: readonly ReadyServer[]): Pool[] {
  const byKey = Map.groupBy(ready, ({ entry, identity }) => `${entry.kind} ${identity.spaceKey}`)
  return [...byKey.values()].flatMap((servers) => {
    const [first] = servers
    if (first === undefined) return []
    const speeds = servers.map(({ imagesPerSecond }) => imagesPerSecond)
    const { spaceKey, dimension, verdict } = first.identity
    return {
      kind: first.entry.kind,
      spaceKey,
      dimension,
      verdict,
      servers,
      imagesPerSecond: speeds.includes(null) ? null : speeds.reduce<number>((sum, speed) => sum + (speed ?? 0), 0),
      addresses: servers.map(({ client }) => client.address).join(', '),
    }
  })
}

/** The best verdict; of those the fastest, of those the one with the most servers, of those the one entered first. */
export function bestPool(pools: readonly Pool[]): Pool | undefined {
  return pools.toSorted(
    (a, b) =>
      rankOf(a.verdict) - rankOf(b.verdict) ||
      (b.imagesPerSecond ?? 0) - (a.imagesPerSecond ?? 0) ||
      b.servers.length - a.servers.length,
  )[0]
}

/** What the person should know of the servers that are ready and do not take part, and of a pool whose vectors are its own. */
export function remarksOn(pool: Pool, ready: readonly ReadyServer[]): string[] {
  const left = ready
    .filter((server) => server.entry.kind === pool.kind && server.identity.spaceKey !== pool.spaceKey)
    .map(
      ({ client }) =>
        `${client.address} answers other vectors than ${pool.addresses}; the two are not mixed, so it is left out.`,
    )
  const [first, ...others] = pool.servers
  if (first === undefined) return left
  for (const { client } of others) {
    const { transport, format } = client.offer
    if (transport === first.offer.transport && format === first.offer.format) continue
    left.push(`${client.address} is sent pictures as ${format} over ${transport}, unlike ${first.client.address}.`)
  }
  if (pool.verdict === 'equal') return left
  if (pool.verdict === 'not-compared') return [first.identity.reason, ...left]
  return [`${first.identity.reason} Thresholds made for the local model may not fit it.`, ...left]
}
