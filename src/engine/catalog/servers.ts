import { z } from 'zod'
import { ServerEntry } from '../../shared/contract/servers.ts'
import type { KeyValues } from './settings.ts'

/** A server as it is kept. Secrets are in it only as what the system's keychain made of them. */
export const StoredServer = ServerEntry.omit({ hasCertificate: true }).extend({
  /** PEM; public by nature. */
  certificate: z.string().nullable(),
  /** Base64 of the sealed `{ token, headers }`; null when there are none, or no keychain to seal them with. */
  sealed: z.string().nullable(),
})
export type StoredServer = z.infer<typeof StoredServer>

/** The person's servers, in the order in which they were added. */
export interface ServerStore {
  list(): StoredServer[]
  /** Replaces the one of this id, or adds it at the end. */
  put(server: StoredServer): void
  remove(id: string): void
}

const key = 'servers'

export function createServerStore(kv: KeyValues): ServerStore {
  const list = (): StoredServer[] => kv.get(key, z.array(StoredServer)) ?? []
  return {
    list,
    put(server) {
      const servers = list()
      const at = servers.findIndex(({ id }) => id === server.id)
      kv.set(key, at === -1 ? [...servers, server] : servers.with(at, server))
    },
    remove: (id) =>
      kv.set(
        key,
        list().filter((server) => server.id !== id),
      ),
  }
}

/** The same in memory, for servers that are named for one run. */
export function createMemoryServers(): ServerStore {
  const servers = new Map<string, StoredServer>()
  return {
    list: () => [...servers.values()],
    put: (server) => void servers.set(server.id, server),
    remove: (id) => void servers.delete(id),
  }
}
