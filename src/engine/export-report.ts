import type { ScanResult } from '../shared/contract/scan-result.ts'
import type { BackendDescription } from '../shared/contract/models.ts'
import type { ScanStats } from '../shared/contract/scan.ts'
import type { Tier } from '../shared/contract/groups.ts'
import type { FilePath } from '../shared/domain/file-path.ts'
import type { PhotoRow } from './catalog/photos.ts'
import { hexOf } from './hex.ts'
import { writeReport } from './files/folder-state.ts'
import type { LibrarySession } from './library-session.ts'
import { csvReport } from './reporting/csv-report.ts'
import { htmlReport, pathsShown } from './reporting/html-report.ts'
import type { PhotoGroup } from './reviewing/group-builder.ts'
import type { ReviewSession } from './reviewing/review-session.ts'
import { thumbnailOfContent } from './thumbnail-of-content.ts'

const allTiers = ['exact', 'perceptual', 'ai'] as const

export interface ResultContext {
  tiers: readonly Tier[]
  /** Null when no scan ran just now (an export from the app). */
  stats: ScanStats | null
  backend: BackendDescription | null
  /** Absolute paths of the folders that it speaks of. */
  folders: readonly FilePath[]
}

type WithCatalog = Pick<LibrarySession, 'catalog'>

/** The library's groups and unreadable files as `twinlens/scan-result@1`. */
export function buildScanResult(session: WithCatalog, review: ReviewSession, context: ResultContext): ScanResult {
  const photos = review.allPhotos()
  const unreadable = session.catalog.photos
    .unreadable(0, Number.MAX_SAFE_INTEGER)
    .files.map((file) => ({ path: file.path, code: file.code, message: file.message }))
    .filter((file) => review.covers(file.path))
  const { stats } = context
  return {
    schema: 'twinlens/scan-result@1',
    photos: photos.length,
    bytes: photos.reduce((sum, photo) => sum + photo.stamp.bytes, 0),
    folders: [...context.folders],
    unreadable,
    truncated: photos.filter((photo) => photo.truncated).map((photo) => photo.path),
    stats: {
      seconds: stats?.seconds ?? 0,
      matchSeconds: stats?.matchSeconds ?? 0,
      cpuSeconds: stats?.cpuSeconds ?? 0,
      matchCpuSeconds: stats?.matchCpuSeconds ?? 0,
      photosPerSecond: stats?.photosPerSecond ?? 0,
      read: stats?.read ?? 0,
      decoded: stats?.decoded ?? 0,
      embedded: stats?.embedded ?? 0,
      framesEmbedded: stats?.framesEmbedded ?? 0,
      reused: stats?.reused ?? 0,
      peakRssBytes: stats?.peakRssBytes ?? process.resourceUsage().maxRSS * 1024,
    },
    backend: context.backend,
    thresholds: review.thresholds,
    searchRecall: review.searchRecall(),
    groups: context.tiers.flatMap((tier) => review.groupsOf(tier).map((group) => resultGroup(session, review, group))),
    similar: review.similarPairs().map(({ photos: [a, b], link }) => ({
      a: a.path,
      b: b.path,
      relation: link.relation,
      score: link.score,
    })),
  }
}

function resultGroup(session: WithCatalog, review: ReviewSession, group: PhotoGroup): ScanResult['groups'][number] {
  const reference = review.referenceOf(group)
  const others = group.photos.filter((photo) => photo !== reference)
  return {
    id: group.id,
    tier: group.tier,
    reference: reference.path,
    members: [reference, ...others].map((photo) => resultMember(session, review, photo)),
    links: others.map((photo) => {
      const { tier, relation, score, changes, crop, confidence } = review.evidenceBetween(reference, photo, group.tier)
      return { a: reference.path, b: photo.path, tier, relation, score, changes, crop, confidence }
    }),
  }
}

function resultMember(
  session: WithCatalog,
  review: ReviewSession,
  photo: PhotoRow,
): ScanResult['groups'][number]['members'][number] {
  const verdict = review.verdict(photo.fileId)
  return {
    path: photo.path,
    bytes: photo.stamp.bytes,
    width: photo.width,
    height: photo.height,
    modifiedMs: Number(photo.stamp.modifiedNs) / 1e6,
    contentHash: hexOf(session.catalog.photos.getFile(photo.fileId)?.contentHash ?? new Uint8Array(0)),
    takenAt: photo.takenAt,
    parts: review.partsOf(photo),
    suggestion: verdict.decision,
    because: verdict.because,
  }
}

/** The report page of a result, with thumbnails of what it shows. */
export async function buildHtmlReport(
  session: LibrarySession,
  review: ReviewSession,
  result: ScanResult,
): Promise<string> {
  const contentOf = new Map(review.allPhotos().map((photo) => [photo.path, photo.contentId]))
  const thumbnails = new Map<FilePath, Uint8Array | null>()
  for (const path of pathsShown(result)) {
    const contentId = contentOf.get(path)
    if (contentId !== undefined) thumbnails.set(path, await thumbnailOfContent(session.catalog, contentId))
  }
  return htmlReport(result, (path) => thumbnails.get(path) ?? null)
}

/** Writes the whole library's groups to a file of the person's choice. */
export async function exportReport(
  session: LibrarySession,
  format: 'json' | 'html' | 'csv',
  path: FilePath,
): Promise<void> {
  const { active } = await session.backends.status()
  const folders = session.catalog.folders.list().map((folder) => folder.path)
  const result = buildScanResult(session, session.review, { tiers: allTiers, stats: null, backend: active, folders })
  if (format === 'json') await writeReport(path, `${JSON.stringify(result, null, 2)}\n`)
  else if (format === 'csv') await writeReport(path, csvReport(result))
  else await writeReport(path, await buildHtmlReport(session, session.review, result))
}
