import { z } from 'zod'
import { BenchmarkProgress } from './benchmark-run.ts'
import { benchmarkCalls } from './benchmark-comparison.ts'
import { CatalogCheck, CatalogSize } from './catalog.ts'
import { CleanUpPlan, CleanUpProgress, CleanUpReport, Journal } from './clean-up.ts'
import type { CallMap } from './call-map.ts'
import {
  Decision,
  GroupFilter,
  GroupSort,
  GroupView,
  PairLook,
  ReviewSection,
  ReviewSummary,
  Thresholds,
  Tier,
} from './groups.ts'
import { BackendStatus, ProviderChoice } from './models.ts'
import { ParityProgress, ParityReport } from './parity.ts'
import { PhotoMetadata, PhotoQuality, ImageFormat } from './photo.ts'
import { LibraryView, ScanOptions, ScanProgress, UnreadableFile } from './scan.ts'
import { BackendMode, ServerDraft } from './servers.ts'

const nothing = z.null()
const page = { offset: z.number().int().min(0), limit: z.number().int().min(1).max(500) }
const photoIds = z.array(z.number().int()).max(1_000_000)

export const EngineEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('scan'), progress: ScanProgress }),
  z.object({ type: z.literal('library-changed') }),
  z.object({ type: z.literal('groups-changed'), summary: ReviewSummary }),
  z.object({ type: z.literal('backend'), status: BackendStatus }),
  z.object({ type: z.literal('benchmark'), progress: BenchmarkProgress }),
])
export type EngineEvent = z.infer<typeof EngineEvent>

export const PhotoDetails = z.object({
  id: z.number().int(),
  name: z.string(),
  folder: z.string(),
  bytes: z.number(),
  modifiedMs: z.number(),
  format: ImageFormat,
  width: z.number(),
  height: z.number(),
  truncated: z.boolean(),
  contentHash: z.string(),
  metadata: PhotoMetadata,
  quality: PhotoQuality,
})
export type PhotoDetails = z.infer<typeof PhotoDetails>

export const Settings = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  scan: ScanOptions.default(ScanOptions.parse({})),
  /** Thumbnails are kept up to this size; those used longest ago go first, and are made again when they are asked for. */
  thumbnailMegabytes: z.number().int().min(64).max(1_048_576).default(4096),
})
export type Settings = z.infer<typeof Settings>

/**
 * What the page may ask of the engine. The page names photos, folders and journals by id only; a path enters through a
 * grant that the main process gave after a dialog.
 */
export const pageCalls = {
  /** Stays open until cancelled; each progress frame is an event. The present state comes first. */
  'events.watch': { params: nothing, result: nothing, progress: EngineEvent },
  'library.read': { params: nothing, result: LibraryView },
  'library.addFolders': { params: z.object({ grants: z.array(z.string()) }), result: LibraryView },
  'library.addSample': { params: nothing, result: LibraryView },
  /** Forgets the folder's files; nothing on disk changes. */
  'library.forgetFolder': { params: z.object({ folderId: z.number().int() }), result: LibraryView },
  /** Whether changes in the folder are picked up while the app is open; kept. */
  'library.watchFolder': { params: z.object({ folderId: z.number().int(), on: z.boolean() }), result: LibraryView },
  'library.unreadable': {
    params: z.object(page),
    result: z.object({ total: z.number(), files: z.array(UnreadableFile) }),
  },
  /** Starts in the background; follow it with `events.watch`. `busy` when one runs. */
  'scan.start': { params: z.object({ folderIds: z.array(z.number().int()).nullable() }), result: nothing },
  'scan.pause': { params: nothing, result: nothing },
  'scan.resume': { params: nothing, result: nothing },
  'scan.cancel': { params: nothing, result: nothing },
  'review.summary': { params: nothing, result: ReviewSummary },
  /**
   * The ordered ids of a tier's groups: the page keeps this list so that nothing moves under the person's hand. Similar pairs
   * come likeliest first where they are sorted as found.
   */
  'review.list': {
    params: z.object({ tier: ReviewSection, sort: GroupSort, filter: GroupFilter, search: z.string().max(200) }),
    result: z.object({ revision: z.number(), groupIds: z.array(z.string()) }),
  },
  /** Groups that no longer exist are left out. */
  'review.groups': {
    params: z.object({ tier: ReviewSection, groupIds: z.array(z.string()).max(200) }),
    result: z.object({ revision: z.number(), groups: z.array(GroupView) }),
  },
  /** A close look at two photos. `not-found` where one is gone, `decode-error` where it can't be shown. */
  'review.why': { params: z.object({ a: z.number().int(), b: z.number().int() }), result: PairLook },
  'review.setThresholds': { params: Thresholds, result: ReviewSummary },
  /** Number of links in each bin of score (perceptual: one bin a bit of distance; AI: bins of 0.01), down to the floor. */
  'review.histogram': {
    params: z.object({ tier: z.enum(['perceptual', 'ai']) }),
    result: z.array(z.object({ from: z.number(), to: z.number(), links: z.number() })),
  },
  'review.decide': {
    params: z.object({ decisions: z.array(z.object({ photoId: z.number().int(), decision: Decision })).max(100_000) }),
    result: ReviewSummary,
  },
  /** "Not duplicates": no pair of these photos is grouped again, wherever their content turns up. */
  'review.dismiss': { params: z.object({ tier: ReviewSection, groupId: z.string() }), result: ReviewSummary },
  'review.undismiss': { params: z.object({ photoIds }), result: ReviewSummary },
  'photo.details': { params: z.object({ photoId: z.number().int() }), result: PhotoDetails },
  'cleanUp.plan': {
    params: z.object({ tiers: z.array(Tier), folderGrant: z.string().nullable() }),
    result: CleanUpPlan,
  },
  'cleanUp.apply': { params: z.object({ planId: z.string() }), result: CleanUpReport, progress: CleanUpProgress },
  'history.list': { params: nothing, result: z.array(Journal) },
  'history.read': { params: z.object({ journalId: z.string() }), result: CleanUpReport },
  'history.restore': { params: z.object({ journalId: z.string() }), result: CleanUpReport, progress: CleanUpProgress },
  'backend.status': { params: nothing, result: BackendStatus },
  'backend.choose': { params: z.object({ provider: ProviderChoice, model: z.string() }), result: BackendStatus },
  'backend.setMode': { params: z.object({ mode: BackendMode }), result: BackendStatus },
  /** Adds or changes a server. Its secrets are sealed by the main process; they never come back to the page. */
  'servers.save': { params: ServerDraft, result: BackendStatus },
  'servers.forget': { params: z.object({ serverId: z.string() }), result: BackendStatus },
  /** Reachability, round trip, readiness, versions, GPU, offered inputs and parity; `verdict` and `report` tell of it. */
  'servers.test': { params: z.object({ serverId: z.string() }), result: BackendStatus },
  /** Compares every backend that is set up with the reference. `serverIds` null: all. */
  'parity.check': {
    params: z.object({ serverIds: z.array(z.string()).nullable() }),
    result: ParityReport,
    progress: ParityProgress,
  },
  /** The last report; null when none was made. */
  'parity.last': { params: nothing, result: ParityReport.nullable() },
  /** Takes the server's own network as the local twin (`GET /model.onnx` of our recipe), sha256 checked. */
  'models.fetchFromServer': {
    params: z.object({ modelId: z.string(), serverId: z.string() }),
    result: BackendStatus,
    progress: z.object({ receivedBytes: z.number(), totalBytes: z.number() }),
  },
  /** During an outage: go on with this computer. */
  'scan.useLocal': { params: nothing, result: nothing },
  /** Tries every provider again. */
  'backend.check': { params: nothing, result: BackendStatus },
  'models.fetch': {
    params: z.object({ modelId: z.string() }),
    result: BackendStatus,
    progress: z.object({ receivedBytes: z.number(), totalBytes: z.number() }),
  },
  'models.importFile': { params: z.object({ modelId: z.string(), grant: z.string() }), result: BackendStatus },
  'report.export': {
    params: z.object({ format: z.enum(['json', 'html', 'csv']), grant: z.string() }),
    result: z.object({ path: z.string() }),
  },
  ...benchmarkCalls,
  'settings.read': { params: nothing, result: Settings },
  'settings.write': { params: Settings, result: Settings },
  'catalog.size': { params: nothing, result: CatalogSize },
  /** Reads the whole catalog; work goes on meanwhile. */
  'catalog.check': { params: nothing, result: CatalogCheck },
} as const satisfies CallMap
