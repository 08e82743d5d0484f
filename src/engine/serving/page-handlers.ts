import type { pageCalls } from '../../shared/contract/calls.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { displayPath } from '../../shared/domain/file-path.ts'
import type { Handlers } from '../../shared/rpc/server.ts'
import { reportOf } from '../clean-up.ts'
import { folderOf, nameOf } from '../files/native-path.ts'
import { hexOf } from '../hex.ts'
import { exportReport } from '../export-report.ts'
import type { LibrarySession } from '../library-session.ts'
import type { BenchmarkDesk } from '../benchmark-desk.ts'
import { explainPair } from './explain-pair.ts'
import { backendHandlers } from './backend-handlers.ts'
import { benchmarkHandlers } from './benchmark-handlers.ts'
import type { Grants } from './grants.ts'

/** What the page may ask, answered from an open library. */
export function pageHandlers(
  session: LibrarySession,
  benchmarks: BenchmarkDesk,
  grants: Grants,
): Handlers<typeof pageCalls> {
  return {
    'events.watch': (_, { signal, report }) =>
      new Promise((resolve) => {
        const stop = session.watch(report)
        signal.addEventListener('abort', () => {
          stop()
          resolve(null)
        })
      }),
    ...libraryHandlers(session, grants),
    ...scanHandlers(session),
    ...reviewHandlers(session),
    ...cleanUpHandlers(session, grants),
    ...backendHandlers(session, grants),
    ...benchmarkHandlers(benchmarks, grants),
    'photo.details': ({ photoId }) => {
      const details = session.catalog.photos.details(photoId)
      if (details === null) throw new TwinlensError('not-found', 'This photo is no longer in the library.')
      return {
        ...details,
        id: details.fileId,
        name: displayPath(nameOf(details.path)),
        folder: displayPath(folderOf(details.path)),
        bytes: details.stamp.bytes,
        modifiedMs: Number(details.stamp.modifiedNs / 1_000_000n),
        contentHash: hexOf(details.contentHash),
      }
    },
    'report.export': async ({ format, grant }) => {
      const path = grants.redeem(grant, 'export')
      await exportReport(session, format, path)
      return { path: displayPath(path) }
    },
    'settings.read': () => session.catalog.settings.read(),
    'settings.write': (settings) => session.writeSettings(settings),
    'catalog.size': () => session.catalog.size(),
    'catalog.check': () => session.catalog.check(),
  }
}

type PageHandlers = Handlers<typeof pageCalls>

function libraryHandlers(session: LibrarySession, grants: Grants) {
  return {
    'library.read': () => session.libraryView(),
    'library.addFolders': async ({ grants: ids }) => {
      await session.addFolders(ids.map((id) => grants.redeem(id, 'add-folder')))
      return session.libraryView()
    },
    'library.addSample': async () => {
      await session.addSample()
      return session.libraryView()
    },
    'library.forgetFolder': ({ folderId }) => {
      session.forgetFolder(folderId)
      return session.libraryView()
    },
    'library.watchFolder': async ({ folderId, on }) => {
      await session.folderWatch.set(folderId, on)
      return session.libraryView()
    },
    'library.unreadable': ({ offset, limit }) => {
      const { total, files } = session.catalog.photos.unreadable(offset, limit)
      return {
        total,
        files: files.map((file) => ({
          ...file,
          name: displayPath(nameOf(file.path)),
          folder: displayPath(folderOf(file.path)),
        })),
      }
    },
  } satisfies Partial<PageHandlers>
}

function scanHandlers(session: LibrarySession) {
  return {
    'scan.start': async ({ folderIds }) => {
      const { scan: options } = session.catalog.settings.read()
      await session.startScan({ folderIds, options, tiers: ['exact', 'perceptual', 'ai'], live: true })
      return null
    },
    'scan.pause': () => {
      session.scan?.pause()
      return null
    },
    'scan.resume': () => {
      session.scan?.resume()
      return null
    },
    'scan.cancel': async () => {
      session.scan?.cancel()
      await session.scan?.settled()
      return null
    },
    'scan.useLocal': async () => {
      await session.scan?.useLocal()
      return null
    },
  } satisfies Partial<PageHandlers>
}

function reviewHandlers(session: LibrarySession) {
  const { review } = session
  return {
    'review.summary': () => review.summary(),
    'review.list': ({ tier, sort, filter, search }) => review.list(tier, sort, filter, search),
    'review.groups': ({ groupIds }) => review.views(groupIds),
    'review.why': ({ a, b }) => explainPair(session, a, b),
    'review.setThresholds': async (thresholds) => {
      await session.setThresholds(thresholds)
      return review.summary()
    },
    'review.histogram': ({ tier }) => review.histogram(tier),
    'review.decide': ({ decisions }) => {
      review.decide(decisions)
      session.emitGroups()
      return review.summary()
    },
    'review.dismiss': ({ groupId }) => {
      review.dismiss(groupId)
      session.emitGroups()
      return review.summary()
    },
    'review.undismiss': ({ photoIds }) => {
      review.undismiss(photoIds)
      session.emitGroups()
      return review.summary()
    },
  } satisfies Partial<PageHandlers>
}

function cleanUpHandlers(session: LibrarySession, grants: Grants) {
  return {
    'cleanUp.plan': ({ tiers, folderGrant }) => {
      const destination =
        folderGrant === null
          ? ({ kind: 'trash' } as const)
          : ({ kind: 'folder', path: grants.redeem(folderGrant, 'move-to') } as const)
      return session.plan(tiers, destination)
    },
    'cleanUp.apply': ({ planId }, { signal, report }) => session.apply(planId, signal, report),
    'history.list': () => session.catalog.journal.list(),
    'history.read': ({ journalId }) => reportOf(session.catalog, journalId),
    'history.restore': ({ journalId }, { signal, report }) => session.restore(journalId, signal, report),
  } satisfies Partial<PageHandlers>
}
