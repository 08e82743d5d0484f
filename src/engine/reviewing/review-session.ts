import type {
  Decision,
  GroupFilter,
  GroupSort,
  GroupView,
  LinkEvidence,
  ReviewSection,
  ReviewSummary,
  SearchRecall,
  Thresholds,
  Tier,
} from '../../shared/contract/groups.ts'
import { Tier as TierSchema } from '../../shared/contract/groups.ts'
import { TwinlensError } from '../../shared/errors.ts'
import type { FilePath } from '../../shared/domain/file-path.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { noLinks } from '../catalog/links.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import type { KeepCandidate, KeepRule } from '../keeping/suggest.ts'
import { folderOf, nameOf } from '../files/native-path.ts'
import { decideExactGroup, keepCandidate, personsWord, undecided, type Verdict } from './decisions.ts'
import { EvidenceBook } from './evidence.ts'
import { SimilarPairs, type SimilarPair } from './similar-pairs.ts'
import { prepareGroups, type GroupBuilder, type PhotoGroup } from './group-builder.ts'
import { isFound, sortGroups } from './group-order.ts'
import { passes, viewGroup, viewSimilarPair } from './group-view.ts'
import { countLinks, type LinkBin } from './link-histogram.ts'
import { LinkIndex } from './link-index.ts'
import { pairKey } from '../../shared/domain/pair-key.ts'
import { TierGroups } from './tier-groups.ts'
import { UnitBook } from './unit-book.ts'

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
  #folderPaths = new Map<number, FilePath>()
  #evidence: EvidenceBook
  #dismissed = new Set<number>()
  #units = new UnitBook([], [])
  #person = new Map<number, 'keep' | 'remove'>()
  #builder: GroupBuilder
  #similar: SimilarPairs
  #groups: Record<Tier, TierGroups> = {
    exact: new TierGroups('exact', []),
    perceptual: new TierGroups('perceptual', []),
    ai: new TierGroups('ai', []),
  }
  #exactVerdicts = new Map<number, Verdict>()
  /** Counted when asked for; null after a decision. */
  #removals: ReviewSummary['removals'] | null = null

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
    this.#evidence = new EvidenceBook(new LinkIndex(noLinks()), new LinkIndex(noLinks()))
    this.#builder = this.#prepare()
    this.#similar = this.#prepareSimilar()
    this.reload()
  }

  get thresholds(): Thresholds {
    return this.#thresholds
  }

  get groupCount(): number {
    return Object.values(this.#groups).reduce((sum, { groups }) => sum + groups.length, 0)
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
    this.#units = new UnitBook(this.#photos.values(), this.#catalog.photos.otherPaths())
    const folders = this.#catalog.folders.list()
    this.#folderOrder = new Map(folders.map((folder, order) => [folder.id, order]))
    this.#folderPaths = new Map(folders.map((folder) => [folder.id, folder.path]))
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
    for (const { groups } of Object.values(this.#groups)) {
      for (const group of groups) for (const photo of group.photos.slice(1)) spare.add(photo.fileId)
    }
    return spare.size
  }

  /** Draws the groups of those tiers anew whose threshold has moved. */
  setThresholds(thresholds: Thresholds): void {
    const before = this.#thresholds
    this.#thresholds = thresholds
    if (thresholds.perceptualDistance !== before.perceptualDistance) this.#draw('perceptual')
    if (thresholds.similarity !== before.similarity) this.#draw('ai')
    this.#revision++
  }

  photo(id: number): PhotoRow | undefined {
    return this.#photos.get(id)
  }

  allPhotos(): PhotoRow[] {
    return [...this.#photos.values()]
  }

  /** The photo's folder from the library folder's name down. */
  shownFolder(photo: PhotoRow): FilePath {
    const root = this.#folderPaths.get(photo.folderId) ?? ''
    const folder = folderOf(photo.path)
    return folder.startsWith(root) && root !== '' ? `${nameOf(root)}${folder.slice(root.length)}` : folder
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
    return this.#groups[tier].groups
  }

  verdict(photoId: number): Verdict {
    const said = this.#person.get(photoId)
    if (said !== undefined) return { decision: said, byPerson: true, because: personsWord(said) }
    return this.#exactVerdicts.get(photoId) ?? undecided()
  }

  evidence(group: PhotoGroup, photo: PhotoRow): LinkEvidence {
    return this.#evidence.of(group.photos[0]?.contentId ?? 0, photo.contentId, group.tier, this.#thresholds)
  }

  /** What is known of two photos, told from the side of `a`. */
  evidenceBetween(a: PhotoRow, b: PhotoRow, tier: Tier): LinkEvidence {
    const linked = this.#evidence.of(a.contentId, b.contentId, tier, this.#thresholds)
    if (linked.distance !== null || linked.cosine !== null) return linked
    return this.#similar.between(a.contentId, b.contentId) ?? linked
  }

  /** Pairs that look alike but are no duplicates, likeliest first; one for each two contents. */
  similarPairs(): readonly SimilarPair[] {
    return this.#similar.list()
  }

  decide(decisions: readonly { photoId: number; decision: Decision }[]): void {
    const known = decisions.filter(({ photoId }) => this.#photos.has(photoId))
    this.#catalog.review.decide(known.map(({ photoId, decision }) => ({ fileId: photoId, decision })))
    const touched = new Set<PhotoGroup>()
    for (const { photoId, decision } of known) {
      if (decision === 'undecided') this.#person.delete(photoId)
      else this.#person.set(photoId, decision)
      const copies = this.#groups.exact.find(`exact-${this.#photos.get(photoId)?.contentId}`)
      if (copies !== undefined) touched.add(copies)
    }
    this.#decideExact(touched)
    this.#revision++
  }

  /** Remembers by content that no two photos of this group are duplicates, or even alike. Throws `not-found`. */
  dismiss(groupId: string): void {
    const group = this.#similar.find(groupId) ?? this.#find(groupId)
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
    this.#removals ??= this.#countRemovals()
    return {
      revision: this.#revision,
      tiers: TierSchema.options.map((tier) => this.#groups[tier].summary(this)),
      thresholds: this.#thresholds,
      similarityFloor: this.#model?.floor ?? 1,
      searchRecall: this.searchRecall(),
      removals: this.#removals,
      dismissedPairs: this.#dismissed.size,
      similarPairs: this.#similar.list().length,
    }
  }

  searchRecall(): SearchRecall | null {
    return this.#model && this.#catalog.searchRecalls.of(this.#model.spaceId)
  }

  /** Ordered ids of a tier's groups, or of the similar pairs: these are found in the order of their likeness. */
  list(
    section: ReviewSection,
    sort: GroupSort,
    filter: GroupFilter,
    search: string,
  ): { revision: number; groupIds: string[] } {
    const all = section === 'similar' ? this.#similar.list() : this.groupsOf(section)
    const shown = all.filter((group) => passes(this, group, filter) && isFound(group, search))
    const sorted = section === 'similar' && sort === 'found' ? shown : sortGroups(shown, sort)
    return { revision: this.#revision, groupIds: sorted.map((group) => group.id) }
  }

  /** The groups and similar pairs of these ids that still exist, in the same order. */
  views(groupIds: readonly string[]): { revision: number; groups: GroupView[] } {
    const groups = groupIds.flatMap((id) => {
      const pair = this.#similar.find(id)
      if (pair !== undefined) return viewSimilarPair(this, pair)
      const group = this.#find(id)
      return group === undefined ? [] : viewGroup(this, group)
    })
    return { revision: this.#revision, groups }
  }

  /** Stored links by score; see `countLinks`. */
  histogram(tier: 'perceptual' | 'ai'): LinkBin[] {
    return countLinks(tier, this.#evidence[tier].links, this.#model?.floor ?? 1)
  }

  #loadEvidence(): EvidenceBook {
    const { links } = this.#catalog
    const ai = this.#model === null ? noLinks() : links.load('ai', this.#model.spaceId)
    return new EvidenceBook(new LinkIndex(links.load('perceptual', 0)), new LinkIndex(ai))
  }

  #loadDismissed(): void {
    this.#dismissed = new Set(this.#catalog.review.loadDismissed().map(({ a, b }) => pairKey(a, b)))
  }

  #prepare(): GroupBuilder {
    const { perceptual, ai } = this.#evidence
    return prepareGroups({
      filesOf: this.#filesOf,
      perceptual: perceptual.links,
      ai: ai.links,
      dismissed: this.#dismissed,
      mates: this.#units.mates,
    })
  }

  #prepareSimilar(): SimilarPairs {
    const { links } = this.#catalog
    const spaces = this.#model === null ? [0] : [0, this.#model.spaceId]
    return new SimilarPairs(
      () => spaces.map((spaceId) => links.load('similar', spaceId)),
      this.#filesOf,
      new Set([...this.#dismissed, ...this.#units.mates]),
    )
  }

  /** After photos, links or dismissals have changed. */
  #regroup(): void {
    this.#builder = this.#prepare()
    this.#similar = this.#prepareSimilar()
    for (const tier of TierSchema.options) this.#draw(tier)
    this.#exactVerdicts = new Map()
    this.#decideExact(this.#groups.exact.groups)
    this.#revision++
  }

  #draw(tier: Tier): void {
    this.#groups[tier] = new TierGroups(tier, this.#builder.draw(tier, this.#thresholds))
  }

  #find(groupId: string): PhotoGroup | undefined {
    for (const tier of TierSchema.options) {
      if (groupId.startsWith(`${tier}-`)) return this.#groups[tier].find(groupId)
    }
    return undefined
  }

  /** How many pictures and videos belong to a photo. */
  partsOf(photo: PhotoRow): number {
    return this.#units.partsOf(photo)
  }

  readonly #candidateOf = (photo: PhotoRow): KeepCandidate =>
    keepCandidate(photo, this.#folderOrder.get(photo.folderId) ?? 0, this.partsOf(photo))

  /** Decides these exact groups anew; each gives every photo of it a verdict. */
  #decideExact(groups: Iterable<PhotoGroup>): void {
    for (const group of groups) {
      for (const [id, verdict] of decideExactGroup(group, this.#person, this.#candidateOf, this.#rule)) {
        this.#exactVerdicts.set(id, verdict)
      }
    }
    this.#removals = null
    for (const tier of TierSchema.options) this.#groups[tier].countAgain()
  }

  #countRemovals(): ReviewSummary['removals'] {
    const removals = { photos: 0, bytes: 0 }
    for (const id of new Set([...this.#exactVerdicts.keys(), ...this.#person.keys()])) {
      const photo = this.#photos.get(id)
      if (photo === undefined || this.verdict(id).decision !== 'remove') continue
      removals.photos++
      removals.bytes += photo.stamp.bytes
    }
    return removals
  }
}

function isBelow(folder: FilePath, path: FilePath): boolean {
  return path.startsWith(folder) && (/[/\\]$/.test(folder) || /^[/\\]/.test(path.slice(folder.length)))
}
