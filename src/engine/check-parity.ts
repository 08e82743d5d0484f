import type { ModelSpec } from '../shared/contract/models.ts'
import type { BackendParity, ParityProgress, ParityReport } from '../shared/contract/parity.ts'
import type { FilePath } from '../shared/domain/file-path.ts'
import { asTwinlensError, isCancellation, throwIfCancelled, TwinlensError } from '../shared/errors.ts'
import type { KeyValues } from './catalog/settings.ts'
import { goldenCount } from './imaging/golden-pictures.ts'
import { pictureCodec, pixelsThroughJpeg } from './imaging/picture-codec.ts'
import {
  assessLocal,
  assessServer,
  notCompared,
  type BackendIdentity,
  type Reference,
} from './parity/assess-backend.ts'
import { embedThrough } from './parity/embed-through.ts'
import { collectPictures, type ParityPicture } from './parity/golden-set.ts'
import { compareGroups } from './parity/group-changes.ts'
import { createLookPool } from './confirming/look-pool.ts'
import { grouperOf, sampleLibrary, type Grouper, type GroupSample, type ParityLibrary } from './parity/group-sample.ts'
import { identifySpace } from './parity/identify-space.ts'
import type { ParityServer } from './parity/measure-server.ts'
import { identityOf, visitServer, type Visit } from './parity/visit-server.ts'
import { shareTwin, withTwin, type TwinModel } from './parity/twin-model.ts'

export interface ParityParts {
  /** The manifest's entry of the model that servers run (role `server-twin`): its preprocessing and thresholds. */
  spec: ModelSpec
  /** Null while its file is not installed. */
  twin: TwinModel | null
  /** Whether this computer's own provider is compared with its CPU too. */
  local: boolean
  servers: readonly ParityServer[]
  /** A quick look takes eight small pictures of the golden set instead of 22; default all. */
  golden?: 'all' | 'quick'
  /** Photos of the person's own that join the golden set. */
  ownPhotos: readonly FilePath[]
  /** For the groups that would change; null: not looked at. */
  library: ParityLibrary | null
  /** Where trusted vectors are recorded; null: nothing is remembered. */
  kv: KeyValues | null
  signal?: AbortSignal
  onProgress?: (progress: ParityProgress) => void
  /** Told of each backend that could not be asked; in the report it stands as not compared. */
  onUnusable?: (backend: string, error: TwinlensError) => void
}

/**
 * Compares backends with the local twin of the model that servers run: inference apart from preprocessing, what scans send, and
 * the server's own preprocessing; names what differs, and tells which groups of the library would change. See [Note: Where equal
 * and usable end], [Note: Unexplained share] and [Note: Naming a fault]. Without the twin, servers are compared with what was
 * recorded of them and with each other. A backend that fails does not end the check.
 *
 * @throws TwinlensError `cancelled`; the twin's codes (`model-corrupt`, `backend-unusable`)
 */
export async function checkParity(parts: ParityParts): Promise<ParityReport> {
  return new ParityCheck(parts).run()
}

class ParityCheck {
  readonly #parts: ParityParts
  #pictures: ParityPicture[] = []
  #decoded: Uint8Array[] = []
  #sample: GroupSample | null = null
  #grouper: Grouper | null = null
  readonly #looks = createLookPool()
  readonly #notes: string[] = []

  constructor(parts: ParityParts) {
    this.#parts = parts
  }

  async run(): Promise<ParityReport> {
    try {
      return await this.#run()
    } finally {
      await this.#looks.close()
    }
  }

  async #run(): Promise<ParityReport> {
    const { spec, twin, servers, ownPhotos, library, signal } = this.#parts
    const golden = this.#parts.golden ?? 'all'
    const most = goldenCount(golden === 'quick') + ownPhotos.length
    this.#pictures = await collectPictures(spec.input.preprocessing, golden, ownPhotos, signal, (done) =>
      this.#tell('Preparing pictures', done, most),
    )
    const visits: Visit[] = []
    for (const server of servers) visits.push(await this.#visit(server))
    if (visits.some(({ answers }) => answers?.lossy)) {
      const { width, height } = spec.input.preprocessing
      this.#decoded = await Promise.all(this.#pictures.map(({ pixels }) => pixelsThroughJpeg(pixels, width, height)))
    }
    if (library !== null) {
      this.#sample = await sampleLibrary(library, spec, signal, (done) =>
        this.#tell('Reading photos of the library', done, Math.min(library.photos.length, library.limit ?? 200)),
      )
      this.#grouper = grouperOf(
        library.catalog,
        this.#sample,
        spec,
        this.#looks,
        signal ?? new AbortController().signal,
      )
    }
    if (twin === null) return this.#withoutTwin(visits)
    const shared = shareTwin(twin)
    try {
      return await this.#withTwin(shared, visits)
    } finally {
      await shared.release()
    }
  }

  async #withTwin(twin: TwinModel, visits: readonly Visit[]): Promise<ParityReport> {
    const { spec, local, signal } = this.#parts
    this.#tell('Computing on this computer', 0, 1)
    const { reference, groups, description } = await withTwin(twin, signal, {}, async (embedder) => {
      const vectors = await embedder.embed(
        this.#pictures.map(({ pixels }) => pixels),
        signal,
      )
      const throughJpeg = this.#decoded.length > 0 ? await embedder.embed(this.#decoded, signal) : null
      const sampled = this.#sample === null ? null : await embedder.embed(this.#sample.pixels, signal)
      const name = `${spec.title} on this computer`
      const found: Reference = { name, twin, vectors, throughJpeg }
      return {
        reference: found,
        groups: sampled && (await this.#grouper?.(sampled)),
        description: embedder.description,
      }
    })
    const backends: BackendParity[] = []
    if (local) backends.push(await this.#assessLocal(twin, reference, groups ?? null))
    for (const visit of visits) backends.push(await this.#assess(visit, reference, groups ?? null))
    const backend = `local (${description.provider}, ${description.device})`
    return this.#report({ backend, model: spec.id, source: 'local-twin' }, backends)
  }

  async #withoutTwin(visits: readonly Visit[]): Promise<ParityReport> {
    const { spec, local } = this.#parts
    this.#notes.push(
      `There is no local copy of ${spec.title} to compare servers with. Fetch it, take it from a file (Models), or from a server of our recipe (GET /model.onnx); then check again.`,
    )
    const first = visits.find(({ answers }) => answers !== null)
    const backends: BackendParity[] = []
    if (local) {
      const identity: BackendIdentity = {
        backend: 'local',
        kind: 'local',
        transport: null,
        format: null,
        model: spec.id,
      }
      backends.push(notCompared(identity, `${spec.title} is not on this computer, so this computer can't be compared.`))
    }
    let fromRecord = false
    for (const visit of visits) {
      const recorded = await this.#compareWithRecorded(visit)
      fromRecord ||= recorded?.verdict === 'equal'
      backends.push(recorded ?? (await this.#compareWithFirst(visit, first)))
    }
    const address = first?.server.connection.address ?? null
    const model = first?.answers?.offers.asSent.model ?? spec.id
    if (fromRecord) return this.#report({ backend: 'recorded', model: spec.id, source: 'recorded' }, backends)
    return this.#report(address === null ? null : { backend: address, model, source: 'server' }, backends)
  }

  async #visit(server: ParityServer): Promise<Visit> {
    const { spec, signal, onUnusable } = this.#parts
    const visit = await visitServer(server, this.#pictures, spec, signal, (done, total) =>
      this.#tell(`Asking ${server.connection.address}`, done, total),
    )
    if (visit.error !== null) onUnusable?.(server.connection.address, visit.error)
    if (visit.offers !== null && visit.offers.lossless === null) {
      this.#notes.push(
        `${server.connection.address} takes JPEG only, so inference can't be measured apart from the JPEG's loss.`,
      )
    }
    return visit
  }

  #fail(visit: Visit, error: unknown): void {
    visit.error = asTwinlensError(error)
    visit.answers = null
    this.#parts.onUnusable?.(visit.server.connection.address, visit.error)
  }

  async #assessLocal(twin: TwinModel, reference: Reference, groups: string[][] | null): Promise<BackendParity> {
    const { spec, signal } = this.#parts
    this.#tell('Comparing this computer’s provider', 0, 1)
    return withTwin(twin, signal, { provider: 'auto' }, async (embedder) => {
      const { provider } = embedder.description
      const identity: BackendIdentity = {
        backend: 'local',
        kind: 'local',
        transport: null,
        format: null,
        model: `${spec.id} on ${provider}`,
      }
      const vectors = await embedder.embed(
        this.#pictures.map(({ pixels }) => pixels),
        signal,
      )
      const assessed = assessLocal(identity, reference, this.#pictures, vectors)
      const sampled = this.#sample === null ? null : await embedder.embed(this.#sample.pixels, signal)
      return { ...assessed, groups: await this.#changes(groups, sampled) }
    })
  }

  async #assess(visit: Visit, reference: Reference, groups: string[][] | null): Promise<BackendParity> {
    const { spec, signal, kv } = this.#parts
    const identity = identityOf(visit, spec)
    const { answers } = visit
    if (answers === null) return notCompared(identity, visit.error?.message ?? 'It was not asked.')
    throwIfCancelled(signal)
    this.#tell(`Comparing ${identity.backend}`, 0, 1)
    const parts = { identity, reference, pictures: this.#pictures, decoded: this.#decoded, spec, signal }
    const assessed = await assessServer(parts, answers)
    try {
      const sampled = await this.#embedSample(visit)
      if (assessed.verdict === 'equal' && kv !== null) await this.#identify(visit, reference.twin, kv)
      return { ...assessed, groups: await this.#changes(groups, sampled) }
    } catch (error) {
      if (isCancellation(error)) throw error
      this.#notes.push(`Groups could not be compared: ${asTwinlensError(error).message}`)
      return assessed
    }
  }

  async #embedSample(visit: Visit): Promise<Float32Array[] | null> {
    const sample = this.#sample
    if (sample === null || visit.offers === null) return null
    const client = visit.server.connection.client(visit.offers.asSent, this.#recipe())
    const { vectors } = await embedThrough(client, sample.pixels, this.#parts.signal, (done) =>
      this.#tell(`Grouping through ${client.address}`, done, sample.pixels.length),
    )
    return vectors
  }

  async #changes(
    reference: string[][] | null,
    sampled: readonly Float32Array[] | null,
  ): Promise<BackendParity['groups']> {
    if (reference === null || sampled === null || this.#grouper === null) return null
    return { photos: sampled.length, ...compareGroups(reference, await this.#grouper(sampled)) }
  }

  #identify(visit: Visit, twin: TwinModel | null, kv: KeyValues): ReturnType<typeof identifySpace> {
    const { spec, signal } = this.#parts
    if (visit.offers === null) throw new TwinlensError('internal', 'A server was compared that was not asked.')
    const client = visit.server.connection.client(visit.offers.asSent, this.#recipe())
    return identifySpace({ kv, spec, twin, client, ...(signal === undefined ? {} : { signal }) })
  }

  /** What the record says of a server; null where it says nothing of use. */
  async #compareWithRecorded(visit: Visit): Promise<BackendParity | null> {
    const { kv, spec } = this.#parts
    if (kv === null || visit.answers === null) return null
    try {
      const { verdict, reason } = await this.#identify(visit, null, kv)
      const norms = visit.answers.norms
      return verdict === 'not-compared' ? null : { ...notCompared(identityOf(visit, spec), reason), verdict, norms }
    } catch (error) {
      if (isCancellation(error)) throw error
      this.#fail(visit, error)
      return null
    }
  }

  /** Servers against the first one that answered: equal to each other, whatever that is worth. */
  async #compareWithFirst(visit: Visit, first: Visit | undefined): Promise<BackendParity> {
    const { spec, signal } = this.#parts
    const identity = identityOf(visit, spec)
    const { answers } = visit
    if (answers === null) return notCompared(identity, visit.error?.message ?? 'It was not asked.')
    const vectors = first?.answers?.lossless ?? first?.answers?.lossy
    if (visit === first || !vectors) {
      const reason = `There is no local copy of its model to compare it with. It can be used; its results are kept apart.`
      return { ...notCompared(identity, reason), norms: answers.norms }
    }
    const name = first?.server.connection.address ?? ''
    const reference: Reference = { name, twin: null, vectors, throughJpeg: null }
    const parts = { identity, reference, pictures: this.#pictures, decoded: this.#decoded, spec, signal }
    return assessServer(parts, answers)
  }

  #recipe(): { preprocessing: ModelSpec['input']['preprocessing']; codec: typeof pictureCodec } {
    return { preprocessing: this.#parts.spec.input.preprocessing, codec: pictureCodec }
  }

  #tell(step: string, done: number, total: number): void {
    this.#parts.onProgress?.({ step, done, total })
  }

  #report(reference: ParityReport['reference'], backends: BackendParity[]): ParityReport {
    const own = this.#pictures.filter((picture) => picture.own).length
    return {
      schema: 'twinlens/parity@1',
      checkedMs: Date.now(),
      reference,
      goldenPictures: this.#pictures.length - own,
      ownPhotos: own,
      backends,
      notes: this.#notes,
    }
  }
}
