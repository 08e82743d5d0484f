import type { Preprocessing } from '../../shared/contract/photo.ts'
import { TwinlensError } from '../../shared/errors.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { openRemoteEmbedder } from '../embedding/remote/remote-embedder.ts'
import type { ReadyServer } from './server-desk.ts'
import type { Pool } from './server-pool.ts'

/** One embedder over all servers of a pool. @param preprocessing what the model's pixels are made with */
export function openPool(pool: Pool, preprocessing: Preprocessing): Embedder {
  const [first, ...others] = pool.servers
  if (first === undefined) throw new TwinlensError('internal', 'A pool without servers.')
  const remote = ({ client, connection, identity }: ReadyServer) => ({
    client,
    sample: identity.sample,
    isReady: (signal?: AbortSignal) => connection.isReady(signal),
  })
  return openRemoteEmbedder({
    servers: [remote(first), ...others.map(remote)],
    spaceKey: pool.spaceKey,
    dimension: pool.dimension,
    preprocessing,
    facts: { provider: first.provider, device: first.device, verdict: pool.verdict, fallbackReason: null },
  })
}
