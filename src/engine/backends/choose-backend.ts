import type { ModelSpec } from '../../shared/contract/models.ts'
import type { ServerKind } from '../../shared/contract/servers.ts'
import { asTwinlensError, isCancellation, type TwinlensError } from '../../shared/errors.ts'
import type { KeyValues } from '../catalog/settings.ts'
import type { Embedder } from '../embedding/embedder.ts'
import type { LocalBackend } from '../local-backend.ts'
import { localSpeed } from './local-speed.ts'
import { openPool } from './open-pool.ts'
import { joined, unranked, unusable } from './reasons.ts'
import type { ReadyServer, ServerDesk } from './server-desk.ts'
import { bestPool, formPools, remarksOn, type Pool } from './server-pool.ts'
import { StandInEmbedder } from './stand-in-embedder.ts'
import { trialPictures } from './trial-pictures.ts'

/** What scans compute with. */
export interface OpenBackend {
  embedder: Embedder
  /** Its preprocessing and thresholds. */
  spec: ModelSpec
  /** Goes on with this computer in the same space; null where that is not possible. Argument: why, a sentence. */
  useLocal: ((why: string) => Promise<void>) | null
  /** What going on with this computer would mean, a sentence. */
  localNote: string
}

export interface ChoiceParts {
  desk: ServerDesk
  local: LocalBackend
  kv: KeyValues
  signal?: AbortSignal | undefined
}

export interface BackendChoice {
  opened: OpenBackend
  /** Why it is not the mode's first choice, or what to know of it; null when there is nothing to say. */
  reason: string | null
}

/** An outage of this length makes `auto` go on with this computer. */
const autoFallbackMs = 20_000

/**
 * All enabled servers of a kind that answer the same vectors: the group with the best verdict.
 *
 * @throws TwinlensError `backend-unusable`, or the code of the only one, when none can be used; `cancelled`
 */
export async function chooseServers(kind: ServerKind, parts: ChoiceParts): Promise<BackendChoice> {
  const { ready, problems } = await prepare([kind], false, parts)
  const pool = bestPool(formPools(ready))
  if (pool === undefined) throw unusable(kind, problems)
  const reason = joined([...problems.map(({ message }) => message), ...remarksOn(pool, ready)])
  return { opened: await openServers(pool, null, parts), reason }
}

/**
 * [Note: Auto] Of the servers whose vectors equal the local twin's, and the twin itself, the fastest. Where the twin is missing
 * nothing can be proven equal: the chosen local model does the work.
 *
 * @throws TwinlensError what `LocalBackend.open` throws; `cancelled`
 */
export async function chooseFastest(parts: ChoiceParts): Promise<BackendChoice> {
  const { local, kv } = parts
  const { ready, problems } = await prepare(['pytorch', 'triton'], true, parts)
  if (ready.length + problems.length === 0) return { opened: await openHere(local, local.spec), reason: null }
  const spec = local.twinSpec
  const twin = await local.installed(spec)
  const equal = ready.filter(({ identity }) => identity.spaceKey === twin?.spaceKey)
  const pool = bestPool(formPools(equal))
  const reasons = problems.map(({ message }) => message)
  for (const server of ready) reasons.push(...unranked(server, twin, spec))
  if (pool === undefined || twin === null) {
    reasons.push('This computer does the work.')
    return { opened: await openHere(local, twin === null ? local.spec : spec), reason: joined(reasons) }
  }
  const here = await localSpeed(kv, twin, () => local.open(spec), trialPictures(spec.input.preprocessing))
  const there = pool.imagesPerSecond ?? 0
  if (here > there) {
    reasons.push(
      `This computer is faster: ${here.toFixed(0)} images/s here, ${there.toFixed(0)} images/s through ${pool.addresses}.`,
    )
    return { opened: await openHere(local, spec), reason: joined(reasons) }
  }
  // Its memory is then there for decoding; an outage opens it again.
  await local.close()
  reasons.push(...remarksOn(pool, equal))
  return { opened: await openServers(pool, autoFallbackMs, parts), reason: joined(reasons) }
}

/** A model on this computer. Throws what `LocalBackend.open` throws. */
export async function openHere(local: LocalBackend, spec: ModelSpec): Promise<OpenBackend> {
  return { embedder: await local.open(spec), spec, useLocal: null, localNote: '' }
}

async function openServers(pool: Pool, afterMs: number | null, { local }: ChoiceParts): Promise<OpenBackend> {
  const spec = local.twinSpec
  const remote = openPool(pool, spec.input.preprocessing)
  const twin = await local.installed(spec)
  if (twin?.spaceKey !== pool.spaceKey) {
    const localNote = `This computer could start again with ${local.spec.title}; what ${pool.addresses} embedded is kept, and not compared with it.`
    return { embedder: remote, spec, useLocal: null, localNote }
  }
  const localNote =
    afterMs === null
      ? 'This computer could go on with the same model.'
      : `After ${afterMs / 1000} seconds this computer goes on with the same model.`
  const embedder = new StandInEmbedder(remote, { open: () => local.openFresh(spec), afterMs })
  return { embedder, spec, useLocal: (why) => embedder.useLocal(why), localNote }
}

/** One after the other: measured at the same time, two servers on one machine would slow each other down. */
async function prepare(
  kinds: readonly ServerKind[],
  measure: boolean,
  { desk, signal }: ChoiceParts,
): Promise<{ ready: ReadyServer[]; problems: TwinlensError[] }> {
  const ready: ReadyServer[] = []
  const problems: TwinlensError[] = []
  for (const entry of kinds.flatMap((kind) => desk.enabled(kind))) {
    try {
      ready.push(await desk.prepare(entry, measure, signal))
    } catch (error) {
      if (isCancellation(error)) throw error
      problems.push(asTwinlensError(error))
    }
  }
  return { ready, problems }
}
