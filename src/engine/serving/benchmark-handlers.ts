import type { pageCalls } from '../../shared/contract/calls.ts'
import { displayPath } from '../../shared/domain/file-path.ts'
import type { Handlers } from '../../shared/rpc/server.ts'
import type { BenchmarkDesk } from '../benchmark-desk.ts'
import { exportReport } from '../benchmarking/report-export.ts'
import { writeReport } from '../files/folder-state.ts'
import type { Grants } from './grants.ts'

/** The benchmark panel: one run at a time, and the history of all. */
export function benchmarkHandlers(desk: BenchmarkDesk, grants: Grants) {
  const { history } = desk
  return {
    'benchmark.estimate': (plan) => desk.estimate(plan),
    'benchmark.start': async (plan) => ({ runId: await desk.start(plan) }),
    'benchmark.resume': async ({ id }) => ({ runId: await desk.resume(id) }),
    'benchmark.cancel': async () => {
      await desk.cancel()
      return null
    },
    'benchmark.state': () => desk.state,
    'benchmark.list': () => history.list(),
    'benchmark.read': ({ id }) => history.read(id),
    'benchmark.compare': async ({ ids, libraryPhotos, p95LimitMs }) =>
      (await desk.compare(ids, libraryPhotos, p95LimitMs)).comparison,
    'benchmark.import': async ({ grant }) => ({
      entries: await history.import(grants.redeem(grant, 'import-benchmark')),
    }),
    'benchmark.export': async ({ ids, format, grant }) => {
      const path = grants.redeem(grant, 'export')
      const { comparison, results } = await desk.compare(ids, null, null)
      await writeReport(path, exportReport(format, comparison, results))
      return { path: displayPath(path) }
    },
    'benchmark.markdown': async ({ ids }) => {
      const { comparison, results } = await desk.compare(ids, null, null)
      return { text: exportReport('markdown', comparison, results) }
    },
    'benchmark.savePicture': async ({ grant, png }) => {
      const path = grants.redeem(grant, 'export')
      await writeReport(path, png)
      return { path: displayPath(path) }
    },
    'benchmark.setNotes': ({ id, notes }) => history.setNotes(id, notes),
    'benchmark.setBaseline': async ({ id, on }) => {
      await history.setBaseline(id, on)
      return history.list()
    },
  } satisfies Partial<Handlers<typeof pageCalls>>
}
