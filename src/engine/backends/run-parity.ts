import { ParityReport, type ParityProgress } from '../../shared/contract/parity.ts'
import { asTwinlensError, isCancellation } from '../../shared/errors.ts'
import type { Backends } from '../backends.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import { checkParity } from '../check-parity.ts'
import type { ParityServer } from '../parity/measure-server.ts'
import type { ReviewSession } from '../reviewing/review-session.ts'
import { refuseOpenTravel } from './server-desk.ts'

/** Photos of the person's own that join the golden set. */
const ownPhotoCount = 12

const lastKey = 'parity-report'

export interface ParityRunParts {
  catalog: Catalog
  review: ReviewSession
  backends: Backends
  /** Null: all servers in the list. */
  serverIds: readonly string[] | null
  signal: AbortSignal
  onProgress: (progress: ParityProgress) => void
}

/** The last report; null when none was made. */
export function lastParity({ kv }: Catalog): ParityReport | null {
  return kv.get(lastKey, ParityReport)
}

/**
 * Compares the servers in the list with the local twin, on the golden set, some photos of the library and its present groups; the
 * report is remembered and the servers' verdicts follow it. A server that photos must not travel to unencrypted, or whose token
 * can't be opened, is named in the notes and left out.
 *
 * @throws TwinlensError what `checkParity` throws
 */
export async function runParity(parts: ParityRunParts): Promise<ParityReport> {
  const { catalog, review, backends, serverIds, signal, onProgress } = parts
  const desk = backends.servers
  const spec = backends.local.twinSpec
  const twin = await backends.twin()
  const servers: ParityServer[] = []
  const notes: string[] = []
  for (const { entry, trials } of desk.states()) {
    if (serverIds !== null && !serverIds.includes(entry.id)) continue
    try {
      refuseOpenTravel(entry)
      const offer = trials.find(({ chosen }) => chosen)?.offer ?? null
      servers.push({
        connection: await desk.connection(entry.id),
        offer,
        model: entry.model,
        transport: null,
        ...(entry.input === 'auto' ? {} : { format: entry.input }),
      })
    } catch (error) {
      if (isCancellation(error)) throw error
      notes.push(asTwinlensError(error).message)
    }
  }
  const photos = review.allPhotos()
  const found = await checkParity({
    spec,
    twin,
    local: twin !== null,
    servers,
    ownPhotos: spread(photos, ownPhotoCount),
    library: photos.length === 0 ? null : { catalog, photos, groups: review.groupsOf('ai') },
    kv: catalog.kv,
    signal,
    onProgress,
  })
  const report = { ...found, notes: [...found.notes, ...notes] }
  catalog.kv.set(lastKey, report)
  desk.takeVerdicts(report)
  return report
}

/** Paths of so many photos, evenly over the list; those on a disk that is away are passed over. */
function spread(photos: readonly PhotoRow[], count: number): string[] {
  const present = photos.filter((photo) => !photo.offline)
  const step = Math.max(1, present.length / count)
  return Array.from({ length: Math.min(count, present.length) }, (_, index) => present[Math.floor(index * step)])
    .filter((photo) => photo !== undefined)
    .map((photo) => photo.path)
}
