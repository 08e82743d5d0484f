import type {
  Decision,
  GroupFilter,
  GroupPhoto,
  GroupSort,
  GroupView,
  LinkEvidence,
  ReviewSummary,
  Thresholds,
  Tier,
  TierSummary,
} from '../../shared/contract/groups.ts'
import { Tier as TierSchema } from '../../shared/contract/groups.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { displayPath, type FilePath } from '../../shared/domain/file-path.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { noLinks } from '../catalog/links.ts'
import { folderOf, nameOf } from '../files/native-path.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import type { KeepRule } from '../keeping/suggest.ts'
import { decideExactGroup, personsWord, undecided, type Verdict } from './decisions.ts'
import { EvidenceBook } from './evidence.ts'
import { buildGroups, type PhotoGroup } from './group-builder.ts'
import { LinkIndex, pairKey } from './link-index.ts'

/** The model whose similarities are in use. */
export interface ReviewModel {
  spaceId: number
  floor: number
}

/**
 * The groups of the library and what is decided about them, in memory. Everything here can be rebuilt from the catalog;
 * decisions and dismissals are written through to it. Rooms are only read: nothing on disk changes.
 */
export class ReviewSession {
  readonly #catalog: Catalog
  readonly #rule: KeepRule
  readonly #only: readonly FilePath[] | null
  #thresholds: Thresholds
  #model: ReviewModel | null
  #revision = 0
  #photos = new Map<number, PhotoRow>()
  #filesOf = new Map<number, PhotoRow[]>()
  #folderOrder = new Map<number, number>()
  #evidence: EvidenceBook
  #dismissed = new Set<number>()
  #person = new Map<number, 'keep' | 'remove'>()
  #groups: Record<Tier, PhotoGroup[]> = { exact: [], perceptual: [], ai: [] }
  #byId = new Map<string, PhotoGroup>()
  #exactVerdicts = new Map<number, Verdict>()

  /** @param scope the keep rule of exact groups, and folders to speak of (null: the whole library) */
  constructor(
    catalog: Catalog,
    model: ReviewModel | null,
    thresholds: Thresholds,
    scope: { rule: KeepRule; only: readonly FilePath[] | null } = { rule: 'oldest', only: null },
  ) {
    this.#catalog = catalog
    this.#model = model
    this.#thresholds = thresholds
    this.#rule = scope.rule
    this.#only = scope.only
    this.#evidence = this.#loadEvidence()
    this.reload()
  }

  get thresholds(): Thresholds {
    return this.#thresholds
  }

  get groupCount(): number {
    return this.#groups.exact.length + this.#groups.perceptual.length + this.#groups.ai.length
  }

  /** Reads photos, links and decisions again from the catalog. */
  reload(model?: ReviewModel | null): void {
    if (model !== undefined) this.#model = model
    this.#photos = new Map()
    this.#filesOf = new Map()
    for (const photo of this.#catalog.photos.loadPhotos()) {
      if (!this.covers(photo.path)) continue
      this.#photos.set(photo.fileId, photo)
      const files = this.#filesOf.get(photo.contentId)
      if (files === undefined) this.#filesOf.set(photo.contentId, [photo])
      else files.push(photo)
    }
    this.#folderOrder = new Map(this.#catalog.folders.list().map((folder, order) => [folder.id, order]))
    this.#person = this.#catalog.review.loadDecisions()
    this.#evidence = this.#loadEvidence()
    this.#loadDismissed()
    this.#regroup()
  }

  /** Another model's similarities from now on, with its thresholds. */
  setModel(model: ReviewModel | null, thresholds: Thresholds = this.#thresholds): void {
    this.#thresholds = thresholds
    this.reload(model)
  }

  /** Photos that are in any group, its reference left out: what the library holds twice or nearly so. */
  duplicateCount(): number {
    const spare = new Set<number>()
    for (const groups of Object.values(this.#groups)) {
      for (const group of groups) for (const photo of group.photos.slice(1)) spare.add(photo.fileId)
    }
    return spare.size
  }

  setThresholds(thresholds: Thresholds): void {
    this.#thresholds = thresholds
    this.#regroup()
  }

  photo(id: number): PhotoRow | undefined {
    return this.#photos.get(id)
  }

  allPhotos(): PhotoRow[] {
    return [...this.#photos.values()]
  }

  /** Whether this review speaks of files at this path. */
  covers(path: FilePath): boolean {
    return this.#only === null || this.#only.some((folder) => path === folder || isBelow(folder, path))
  }

  /** The photo that a group is shown from: in an exact group the one that stays, elsewhere the one it is measured from. */
  referenceOf(group: PhotoGroup): PhotoRow {
    const kept =
      group.tier === 'exact' ? group.photos.find((photo) => this.verdict(photo.fileId).decision === 'keep') : undefined
    const first = kept ?? group.photos[0]
    if (first === undefined) throw new TwinlensError('internal', 'A group without photos.')
    return first
  }

  groupsOf(tier: Tier): readonly PhotoGroup[] {
    return this.#groups[tier]
  }

  verdict(photoId: number): Verdict {
    const said = this.#person.get(photoId)
    if (said !== undefined) return { decision: said, byPerson: true, because: personsWord(said) }
    return this.#exactVerdicts.get(photoId) ?? undecided()
  }

  evidence(group: PhotoGroup, photo: PhotoRow): LinkEvidence {
    return this.#evidence.of(group.photos[0]?.contentId ?? 0, photo.contentId, group.tier, this.#thresholds)
  }

  decide(decisions: readonly { photoId: number; decision: Decision }[]): void {
    const known = decisions.filter(({ photoId }) => this.#photos.has(photoId))
    this.#catalog.review.decide(known.map(({ photoId, decision }) => ({ fileId: photoId, decision })))
    for (const { photoId, decision } of known) {
      if (decision === 'undecided') this.#person.delete(photoId)
      else this.#person.set(photoId, decision)
    }
    this.#decideExact()
    this.#revision++
  }

  /** Remembers by content that no two photos of this group are duplicates. Throws `not-found`. */
  dismiss(groupId: string): void {
    const group = this.#byId.get(groupId)
    if (group === undefined) throw new TwinlensError('not-found', 'This group has changed meanwhile. Nothing was done.')
    const contents = [...new Set(group.photos.map((photo) => photo.contentId))]
    const pairs: { a: number; b: number }[] = []
    if (group.tier === 'exact') pairs.push({ a: contents[0] ?? 0, b: contents[0] ?? 0 })
    else contents.forEach((a, index) => contents.slice(index + 1).forEach((b) => pairs.push({ a, b })))
    this.#catalog.review.dismiss(pairs)
    this.#loadDismissed()
    this.#regroup()
  }

  /** Takes back every "not duplicates" among these photos. */
  undismiss(photoIds: readonly number[]): void {
    const contents = [...new Set(photoIds.flatMap((id) => this.#photos.get(id)?.contentId ?? []))]
    const among = new Set(contents)
    const pairs = this.#catalog.review.loadDismissed().filter(({ a, b }) => among.has(a) && among.has(b))
    this.#catalog.review.undismiss(pairs)
    this.#loadDismissed()
    this.#regroup()
  }

  summary(): ReviewSummary {
    const removals = { photos: 0, bytes: 0 }
    for (const photo of this.#photos.values()) {
      if (this.verdict(photo.fileId).decision !== 'remove') continue
      removals.photos++
      removals.bytes += photo.stamp.bytes
    }
    return {
      revision: this.#revision,
      tiers: TierSchema.options.map((tier) => this.#tierSummary(tier)),
      thresholds: this.#thresholds,
      similarityFloor: this.#model?.floor ?? 1,
      removals,
      dismissedPairs: this.#dismissed.size,
    }
  }

  /** Ordered ids of a tier's groups. */
  list(tier: Tier, sort: GroupSort, filter: GroupFilter, search: string): { revision: number; groupIds: string[] } {
    const words = search.toLocaleLowerCase().trim()
    const shown = this.#groups[tier].filter((group) => this.#passes(group, filter) && matches(group, words))
    const key = sortKeys[sort]
    const sorted = shown.map((group) => ({ group, key: key(group) })).sort((x, y) => compare(x.key, y.key))
    return { revision: this.#revision, groupIds: sorted.map(({ group }) => group.id) }
  }

  /** The groups of these ids that still exist, in the same order. */
  views(groupIds: readonly string[]): { revision: number; groups: GroupView[] } {
    const groups = groupIds.flatMap((id) => this.#byId.get(id) ?? []).map((group) => this.#view(group))
    return { revision: this.#revision, groups }
  }

  /** Stored links by score: perceptual one bin a bit, AI bins of 0.01. */
  histogram(tier: 'perceptual' | 'ai'): { from: number; to: number; links: number }[] {
    const links = tier === 'perceptual' ? this.#evidence.perceptual.links : this.#evidence.ai.links
    const bins = new Map<number, number>()
    for (let k = 0; k < links.a.length; k++) {
      const bin =
        tier === 'perceptual' ? (links.distance[k] ?? 0) : Math.min(99, Math.floor((links.score[k] ?? 0) * 100 + 1e-6))
      bins.set(bin, (bins.get(bin) ?? 0) + 1)
    }
    const first = tier === 'perceptual' ? 0 : Math.floor((this.#model?.floor ?? 1) * 100 + 1e-6)
    const last = tier === 'perceptual' ? 10 : 99
    const step = tier === 'perceptual' ? 1 : 0.01
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => ({
      from: round((first + index) * step),
      to: round((first + index + 1) * step),
      links: bins.get(first + index) ?? 0,
    }))
  }

  #loadEvidence(): EvidenceBook {
    const { links } = this.#catalog
    const ai = this.#model === null ? noLinks() : links.load('ai', this.#model.spaceId)
    return new EvidenceBook(new LinkIndex(links.load('perceptual', 0)), new LinkIndex(ai))
  }

  #loadDismissed(): void {
    this.#dismissed = new Set(this.#catalog.review.loadDismissed().map(({ a, b }) => pairKey(a, b)))
  }

  #regroup(): void {
    this.#groups = buildGroups({
      filesOf: this.#filesOf,
      perceptual: this.#evidence.perceptual.links,
      ai: this.#evidence.ai.links,
      thresholds: this.#thresholds,
      dismissed: this.#dismissed,
    })
    this.#byId = new Map(
      Object.values(this.#groups).flatMap((groups) => groups.map((group) => [group.id, group] as const)),
    )
    this.#decideExact()
    this.#revision++
  }

  #decideExact(): void {
    this.#exactVerdicts = new Map()
    for (const group of this.#groups.exact) {
      for (const [id, verdict] of decideExactGroup(group, this.#person, this.#folderOrder, this.#rule)) {
        this.#exactVerdicts.set(id, verdict)
      }
    }
  }

  #passes(group: PhotoGroup, filter: GroupFilter): boolean {
    if (filter === 'all') return true
    if (filter === 'new-finds') return group.tier !== 'ai' || this.#isNewFind(group)
    return this.#isDecided(group) === (filter === 'decided')
  }

  #isDecided(group: PhotoGroup): boolean {
    return group.photos.every((photo) => this.verdict(photo.fileId).decision !== 'undecided')
  }

  #isNewFind(group: PhotoGroup): boolean {
    return group.photos.slice(1).every((photo) => this.evidence(group, photo).tier === 'ai')
  }

  #tierSummary(tier: Tier): TierSummary {
    const summary: TierSummary = { tier, groups: 0, photos: 0, decidedGroups: 0, freesBytes: 0, couldFreeBytes: 0 }
    for (const group of this.#groups[tier]) {
      summary.groups++
      summary.photos += group.photos.length
      if (this.#isDecided(group)) summary.decidedGroups++
      let total = 0
      let largest = 0
      for (const photo of group.photos) {
        total += photo.stamp.bytes
        largest = Math.max(largest, photo.stamp.bytes)
        if (this.verdict(photo.fileId).decision === 'remove') summary.freesBytes += photo.stamp.bytes
      }
      summary.couldFreeBytes += total - largest
    }
    return summary
  }

  #view(group: PhotoGroup): GroupView {
    const reference = this.referenceOf(group)
    const others = group.photos.filter((photo) => photo !== reference)
    const photos = [reference, ...others].map((photo) => this.#photoView(group, photo, photo === reference))
    return {
      id: group.id,
      tier: group.tier,
      photos,
      newFind: group.tier === 'ai' && this.#isNewFind(group),
      freesBytes: photos.reduce((sum, photo) => sum + (photo.decision === 'remove' ? photo.bytes : 0), 0),
      decided: this.#isDecided(group),
    }
  }

  #photoView(group: PhotoGroup, photo: PhotoRow, reference: boolean): GroupPhoto {
    const verdict = this.verdict(photo.fileId)
    return {
      id: photo.fileId,
      name: displayPath(nameOf(photo.path)),
      folder: displayPath(folderOf(photo.path)),
      bytes: photo.stamp.bytes,
      width: photo.width,
      height: photo.height,
      format: photo.format,
      takenAt: photo.takenAt,
      modifiedMs: Number(photo.stamp.modifiedNs / 1_000_000n),
      truncated: photo.truncated,
      offline: photo.offline,
      reference,
      decision: verdict.decision,
      decidedByPerson: verdict.byPerson,
      because: verdict.because,
      link: reference ? null : this.evidence(group, photo),
    }
  }
}

type SortKey = (string | number)[]

const sortKeys: Record<GroupSort, (group: PhotoGroup) => SortKey> = {
  found: (group) => [Math.min(...group.photos.map((photo) => photo.fileId))],
  savings: (group) => {
    const bytes = group.photos.map((photo) => photo.stamp.bytes)
    return [Math.max(...bytes) - bytes.reduce((sum, each) => sum + each, 0), group.photos[0]?.fileId ?? 0]
  },
  size: (group) => [-group.photos.length, group.photos[0]?.fileId ?? 0],
  date: (group) => [
    group.photos.map((photo) => photo.takenAt ?? '9999').sort()[0] ?? '9999',
    group.photos[0]?.fileId ?? 0,
  ],
  name: (group) => [nameOf(group.photos[0]?.path ?? '').toLocaleLowerCase(), group.photos[0]?.fileId ?? 0],
}

function compare(a: SortKey, b: SortKey): number {
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k] ?? 0, b[k] ?? 0]
    if (x < y) return -1
    if (x > y) return 1
  }
  return 0
}

function matches(group: PhotoGroup, words: string): boolean {
  if (words === '') return true
  return group.photos.some((photo) => displayPath(photo.path).toLocaleLowerCase().includes(words))
}

function isBelow(folder: FilePath, path: FilePath): boolean {
  return path.startsWith(folder) && (/[/\\]$/.test(folder) || /^[/\\]/.test(path.slice(folder.length)))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
