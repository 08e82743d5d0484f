import type { pageCalls } from '../../shared/contract/calls.ts'
import type { Handlers } from '../../shared/rpc/server.ts'
import { lastParity, runParity } from '../backends/run-parity.ts'
import type { LibrarySession } from '../library-session.ts'
import type { Grants } from './grants.ts'

/** Choosing, testing and comparing what computes embeddings. What a running scan uses is never changed under it (`busy`). */
export function backendHandlers(session: LibrarySession, grants: Grants) {
  const { backends } = session
  const { local } = backends
  /** Work that changes what the next scan computes with. */
  const change = async (work: () => Promise<unknown>) => {
    session.mustBeIdle()
    await work()
    await session.modelChanged()
    return backends.status()
  }
  /** A model that arrives may be the one that the library is shown with. A scan that runs meanwhile has its own. */
  const install = async (work: () => Promise<unknown>) => {
    await work()
    if (session.scan === null) await session.modelChanged()
    return backends.status()
  }
  return {
    'backend.status': () => backends.status(),
    'backend.choose': (choice) =>
      change(async () => {
        await backends.closeOpen()
        await local.choose(choice)
      }),
    'backend.setMode': ({ mode }) => change(() => backends.setMode(mode)),
    'backend.check': async () => {
      session.mustBeIdle()
      await backends.checkLocal()
      return backends.status()
    },
    'servers.save': (draft) => change(() => backends.saveServer(draft)),
    'servers.forget': ({ serverId }) => change(() => backends.forgetServer(serverId)),
    'servers.test': async ({ serverId }, { signal }) => {
      await backends.servers.test(serverId, signal)
      return backends.status()
    },
    'models.fetch': ({ modelId }, { signal, report }) => install(() => local.fetch(modelId, signal, report)),
    'models.importFile': ({ modelId, grant }) =>
      install(() => local.importFile(modelId, grants.redeem(grant, 'import-model'))),
    'models.fetchFromServer': ({ modelId, serverId }, { signal, report }) =>
      install(() => backends.fetchModelFromServer(modelId, serverId, signal, report)),
    'parity.check': ({ serverIds }, { signal, report }) => {
      const { catalog, review } = session
      return runParity({ catalog, review, backends, serverIds, signal, onProgress: report })
    },
    'parity.last': () => lastParity(session.catalog),
  } satisfies Partial<Handlers<typeof pageCalls>>
}
