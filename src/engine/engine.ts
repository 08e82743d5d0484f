import { dirname } from 'node:path'
import { pageCalls } from '../shared/contract/calls.ts'
import { hostCalls, hostServices } from '../shared/contract/host-calls.ts'
import { TwinlensError } from '../shared/errors.ts'
import { displayPath } from '../shared/domain/file-path.ts'
import { isUnicode } from '../shared/domain/path-bytes.ts'
import type { Client } from '../shared/rpc/client.ts'
import type { Port } from '../shared/rpc/frames.ts'
import { connectPeer } from '../shared/rpc/peer.ts'
import type { Handlers } from '../shared/rpc/server.ts'
import { trashWithLibrary } from './files/trash.ts'
import { BenchmarkDesk } from './benchmark-desk.ts'
import { LibrarySession } from './library-session.ts'
import { Grants } from './serving/grants.ts'
import { pageHandlers } from './serving/page-handlers.ts'
import { pictureOf, thumbnailOf } from './serving/photo-bytes.ts'

export interface Engine {
  /** A window's page. Several may be connected, one after the other or at once. */
  connectPage(port: Port): void
  /** The main process: it shows pictures, grants paths, and lends the system's trash. */
  connectHost(port: Port): void
  close(): Promise<void>
}

/** Opens the library in `catalogDir` and serves it. Throws the catalog's codes (`catalog-in-use`, `catalog-damaged`, …). */
export async function createEngine(options: { catalogDir: string; resourcesDir: string }): Promise<Engine> {
  const grants = new Grants()
  let host: Client<typeof hostServices> | null = null
  const dataDir = dirname(options.catalogDir)
  const session = await LibrarySession.open({
    ...options,
    dataDir,
    secrets: {
      seal: async (text) => (host === null ? null : (await host.call('secrets.seal', { text })).sealed),
      open: async (sealed) => (host === null ? null : (await host.call('secrets.open', { sealed })).text),
    },
    trash: async (path) => {
      if (host === null || !isUnicode(path)) return trashWithLibrary(path)
      try {
        await host.call('shell.trash', { path })
      } catch (error) {
        // The shell may lack a helper that its trash needs; the library then does the same by itself.
        if (error instanceof TwinlensError && error.code === 'trash-unavailable') return trashWithLibrary(path)
        throw error
      }
    },
  })
  void session.folderWatch.begin()
  const benchmarks = new BenchmarkDesk(session, options.resourcesDir, dataDir)
  return {
    connectPage: (port) =>
      void connectPeer(port, {}, { calls: pageCalls, handlers: pageHandlers(session, benchmarks, grants) }),
    connectHost(port) {
      host = connectPeer(port, hostServices, { calls: hostCalls, handlers: hostHandlers(session, grants) })
      port.onClose(() => {
        host = null
      })
    },
    async close() {
      await benchmarks.cancel()
      await session.close()
    },
  }
}

function hostHandlers(session: LibrarySession, grants: Grants): Handlers<typeof hostCalls> {
  return {
    'host.grantPath': ({ path, purpose }) => ({ grant: grants.give(path, purpose) }),
    'host.addFolders': async ({ paths }) => ({ folderIds: await session.addFolders(paths) }),
    'host.thumbnail': ({ photoId }) => thumbnailOf(session, photoId),
    'host.picture': ({ photoId, maxSide }) => pictureOf(session, photoId, maxSide),
    'host.pathOf': ({ photoId }) => {
      const photo = session.review.photo(photoId)
      return photo === undefined || !isUnicode(photo.path) ? null : { path: displayPath(photo.path) }
    },
  }
}
