import type { ModelSpec } from '../../shared/contract/models.ts'
import type { ParityVerdict } from '../../shared/contract/servers.ts'
import type { KeyValues } from '../catalog/settings.ts'
import { isNormalised, namingLimits } from '../embedding/parity-faults.ts'
import { measureAgreement, spreadOf, type Agreement } from '../embedding/parity-measure.ts'
import { isEqual, isLossy, judge, sharpest, type Measured } from '../embedding/parity-verdict.ts'
import type { InferenceClient } from '../embedding/remote/inference-client.ts'
import type { SampleAnswer } from '../embedding/remote/remote-address.ts'
import { nonsense } from '../embedding/remote/reply-check.ts'
import { goldenSetId, probeScenes } from '../imaging/golden-pictures.ts'
import { pixelsThroughJpeg } from '../imaging/picture-codec.ts'
import { embedThrough, type ServerVectors } from './embed-through.ts'
import { searchedOnce } from './known-mistakes.ts'
import { nameTensorMistake } from './name-mistakes.ts'
import {
  loadSpaces,
  packVectors,
  rememberSeen,
  saveSpace,
  serverSpaceKey,
  unpackVectors,
  type RecordedSpace,
} from './recorded-spaces.ts'
import { withTwin, type TwinModel } from './twin-model.ts'

export interface IdentifySpaceParts {
  /** The catalog's `kv`: remembered vectors of twins and of servers. */
  kv: KeyValues
  /** The manifest's entry of the model that servers run (role `server-twin`). */
  spec: ModelSpec
  /** Null while its file is not installed. */
  twin: TwinModel | null
  /** Of the offer that is going to be used. */
  client: InferenceClient
  signal?: AbortSignal
}

export interface SpaceIdentity {
  /** `not-compared`: there was neither a twin nor a known server to compare with; the vectors are recorded now. */
  verdict: ParityVerdict
  /** The twin's key when its vectors are the same, else `server:<hash>`: one key for all servers that answer the same. */
  spaceKey: string
  /** Length of the vectors. */
  dimension: number
  /** A sentence for the person. */
  reason: string
  /** Lowest cosine to what was compared with; null when nothing was. */
  minCosine: number | null
  /** What was compared with. */
  source: 'local-twin' | 'recorded' | null
  /** A picture and what the server answered: by it a change of its model shows later. */
  sample: SampleAnswer
}

/** What was found, before the server's own answer is put beside it. */
type Found = Omit<SpaceIdentity, 'sample'>

/** What one identification works on. */
interface Probe extends IdentifySpaceParts {
  pixels: Uint8Array[]
  lossy: boolean
  answered: ServerVectors
  spaces: RecordedSpace[]
}

/**
 * Which space a server's vectors live in: eight painted pictures through the client, against the twin's vectors of them or
 * against those recorded of servers met before ([Note: Where equal and usable end]). A second or so of a CPU server's work; the
 * twin itself runs once for each of its files, its vectors are remembered. A server whose vectors differ from the twin's
 * beyond noise, yet little enough to pass, is looked at for a mistake in preprocessing, which takes some seconds more.
 *
 * @throws TwinlensError the client's codes, `server-nonsense` too where all pictures get one vector; the twin's (`model-corrupt`, `backend-unusable`); `cancelled`
 */
export async function identifySpace(parts: IdentifySpaceParts): Promise<SpaceIdentity> {
  const { kv, spec, twin, client, signal } = parts
  const preprocessing = spec.input.preprocessing
  const pixels = probeScenes(preprocessing)
  const answered = await embedThrough(client, pixels, signal)
  if (areOne(answered.vectors)) throw nonsense(client.address, 'it gave different pictures the same vector')
  const lossy = isLossy(client.offer.format)
  const probe: Probe = {
    ...parts,
    pixels,
    lossy,
    answered,
    spaces: loadSpaces(kv, goldenSetId, preprocessing.id),
  }
  const identity = twin === null ? compareWithRecorded(probe) : await compareWithTwin(probe, twin)
  rememberSeen(kv, identity.spaceKey, { address: client.address, model: client.offer.model })
  return { ...identity, sample: await sampleOf(probe) }
}

/**
 * What may have changed in a later answer ([Note: Unexplained share]): four times what the company of other pictures changes at this
 * server (8-bit weights: up to 0.001), within these limits. The slightest fault of preprocessing tried changes 0.002.
 */
const toleratedChange = { least: 0.0005, most: 0.02, times: 4 }

/** The first probe picture, asked for alone: that is how it is asked for later. */
async function sampleOf({ client, pixels, answered, signal }: Probe): Promise<SampleAnswer> {
  const [picture = new Uint8Array()] = pixels
  const alone = await embedThrough(client, [picture], signal)
  const [vector = new Float32Array()] = alone.vectors
  const scale = spreadOf(answered.vectors)
  const { maxUnexplained } = measureAgreement(answered.vectors.slice(0, 1), alone.vectors, scale)
  const { least, most, times } = toleratedChange
  if (maxUnexplained > most) throw nonsense(client.address, 'it gave the same picture two different vectors')
  return { picture, vector, tolerance: scale.spread * Math.min(most, Math.max(least, times * maxUnexplained)) }
}

/** Whether all vectors are one but for rounding: whoever made them did not look at the pictures. */
function areOne([first, ...others]: readonly Float32Array[]): boolean {
  const largest = (other: Float32Array): number =>
    other.reduce((most, value, at) => Math.max(most, Math.abs(value - (first?.[at] ?? 0))), 0)
  return others.length > 0 && others.every((other) => largest(other) < 1e-6)
}

async function compareWithTwin(probe: Probe, twin: TwinModel): Promise<Found> {
  const { client, answered, spec, lossy } = probe
  const { dimension, vectors, norms } = answered
  if (dimension !== spec.output.dimension) {
    const reason = `${client.address} answers vectors of ${dimension} numbers, ${spec.title} of ${spec.output.dimension}: another model.`
    return ownSpace(probe, { verdict: 'different-model', reason, minCosine: null, source: 'local-twin' })
  }
  const known = await twinVectors(probe, twin)
  const plain = measureAgreement(known.plain, vectors)
  const measured: Measured = {
    inference: lossy ? null : plain,
    asSent: lossy ? plain : null,
    lossTakenOut: lossy ? measureAgreement(known.throughJpeg, vectors) : null,
    format: client.offer.format,
  }
  const found = { minCosine: plain.minCosine, source: 'local-twin' as const }
  const verdict = judge(measured, false)
  if (verdict !== 'equal') {
    const reason = `${client.address} differs from ${spec.title} on this computer (${told(plain)}); its results are kept apart.`
    return ownSpace(probe, { ...found, verdict, reason })
  }
  const mistake = await mistakeOf(probe, twin, lossy ? known.throughJpeg : known.plain)
  if (mistake !== null) {
    const reason = `${client.address} ${mistake} (${told(plain)}); its results are kept apart.`
    return ownSpace(probe, { ...found, verdict: 'usable', reason })
  }
  const same = { ...found, spaceKey: twin.spaceKey, dimension }
  if (!isNormalised(norms)) {
    const reason = `${client.address} does not bring its vectors to unit length; Twinlens does, and then they equal those of ${spec.title} on this computer (${told(plain)}).`
    return { ...same, verdict: 'usable', reason }
  }
  const reason = `${client.address} computes the same as ${spec.title} on this computer (${told(sharpest(measured) ?? plain)}).`
  return { ...same, verdict: 'equal', reason }
}

/** A mistake in what follows the resizing, as what completes "The server …"; looked for once for the same answers. */
async function mistakeOf(probe: Probe, twin: TwinModel, right: readonly Float32Array[]): Promise<string | null> {
  const { kv, spec, lossy, answered, signal } = probe
  const answers = answered.vectors
  if (measureAgreement(right, answers).meanUnexplained <= namingLimits.noise) return null
  return searchedOnce(kv, { twinKey: twin.spaceKey, setId: goldenSetId, lossy, vectors: answers }, async () =>
    nameTensorMistake({
      twin,
      spec,
      pixels: lossy ? await seenThroughJpeg(probe) : probe.pixels,
      right,
      answers,
      signal,
    }),
  )
}

/** The twin's vectors of the probe pictures, remembered by its file. */
async function twinVectors(
  probe: Probe,
  twin: TwinModel,
): Promise<{ plain: Float32Array[]; throughJpeg: Float32Array[] }> {
  const { kv, spec, pixels, lossy, signal } = probe
  const known = probe.spaces.find((space) => space.spaceKey === twin.spaceKey)
  const read = (text: string): Float32Array[] => unpackVectors(text, spec.output.dimension)
  if (known !== undefined && (known.throughJpeg !== null || !lossy)) {
    return { plain: read(known.vectors), throughJpeg: known.throughJpeg === null ? [] : read(known.throughJpeg) }
  }
  const seen = lossy ? await seenThroughJpeg(probe) : []
  const all = await withTwin(twin, signal, {}, (embedder) => embedder.embed([...pixels, ...seen], signal))
  const plain = all.slice(0, pixels.length)
  const throughJpeg = all.slice(pixels.length)
  saveSpace(kv, {
    spaceKey: twin.spaceKey,
    setId: goldenSetId,
    preprocessing: spec.input.preprocessing.id,
    dimension: spec.output.dimension,
    lossy: false,
    vectors: packVectors(plain),
    throughJpeg: lossy ? packVectors(throughJpeg) : null,
    verdict: 'equal',
    seen: known?.seen ?? [],
    recordedMs: Date.now(),
  })
  return { plain, throughJpeg }
}

function seenThroughJpeg({ pixels, spec }: Probe): Promise<Uint8Array[]> {
  const { width, height } = spec.input.preprocessing
  return Promise.all(pixels.map((picture) => pixelsThroughJpeg(picture, width, height)))
}

interface Match {
  space: RecordedSpace
  agreement: Agreement
}

/**
 * The recorded space that these answers belong to: the closest one, except that a twin's goes before a server's own where both
 * fit to within noise (the server was met before its twin came).
 */
function findSpace({ spaces, answered, lossy }: Probe): Match | null {
  let best: Match | null = null
  for (const space of spaces) {
    if (space.dimension !== answered.dimension) continue
    const decoded = lossy ? space.throughJpeg : null
    const agreement = measureAgreement(unpackVectors(decoded ?? space.vectors, space.dimension), answered.vectors)
    if (!isEqual(agreement, space.lossy || (lossy && decoded === null))) continue
    if (best === null || isBetter({ space, agreement }, best)) best = { space, agreement }
  }
  return best
}

function isBetter(one: Match, other: Match): boolean {
  const within = ({ agreement }: Match): boolean => agreement.meanUnexplained <= namingLimits.noise
  const trusted = ({ space }: Match): boolean => space.verdict === 'equal'
  if (trusted(one) !== trusted(other) && within(one) && within(other)) return trusted(one)
  return one.agreement.meanUnexplained < other.agreement.meanUnexplained
}

function compareWithRecorded(probe: Probe): Found {
  const { client, spaces, answered } = probe
  const { address, offer } = client
  const found = findSpace(probe)
  if (found !== null) {
    const { space, agreement } = found
    const { minCosine } = agreement
    const when = new Date(space.recordedMs).toISOString().slice(0, 10)
    const common = { spaceKey: space.spaceKey, dimension: answered.dimension, minCosine, source: 'recorded' as const }
    if (space.verdict === 'equal') {
      const reason = `${address} answers what the model on this computer answered on ${when} (${told(agreement)}).`
      return { ...common, verdict: 'equal', reason }
    }
    const reason = `${address} answers what was recorded on ${when} (${told(agreement)}), but there is no local copy of its model to compare it with.`
    return { ...common, verdict: 'not-compared', reason }
  }
  const before = spaces.find(({ seen }) => seen.some((at) => at.address === address && at.model === offer.model))
  if (before !== undefined) {
    const when = new Date(before.recordedMs).toISOString().slice(0, 10)
    const reason = `${address} answers other vectors than those recorded on ${when}: its model or its preprocessing has changed. New results are kept apart.`
    return ownSpace(probe, { verdict: 'different-model', reason, minCosine: null, source: 'recorded' })
  }
  const reason = `There is no local copy of the model of ${address} to compare it with; its results are kept apart.`
  return ownSpace(probe, { verdict: 'not-compared', reason, minCosine: null, source: null })
}

type Finding = Omit<Found, 'spaceKey' | 'dimension'>

/** The space of a server that is not the twin's: found again by what it answers, or recorded now. */
function ownSpace(probe: Probe, finding: Finding): Found {
  const { kv, spec, answered, lossy, twin } = probe
  const { dimension, vectors } = answered
  const others = probe.spaces.filter((space) => space.spaceKey !== twin?.spaceKey)
  const known = findSpace({ ...probe, spaces: others })
  if (known !== null) return { ...finding, spaceKey: known.space.spaceKey, dimension }
  const spaceKey = serverSpaceKey(spec.input.preprocessing.id, vectors)
  saveSpace(kv, {
    spaceKey,
    setId: goldenSetId,
    preprocessing: spec.input.preprocessing.id,
    dimension,
    lossy,
    vectors: packVectors(vectors),
    throughJpeg: null,
    // What differs from something else is not thereby known to equal anything.
    verdict: finding.verdict === 'equal' ? 'not-compared' : finding.verdict,
    seen: [],
    recordedMs: Date.now(),
  })
  return { ...finding, spaceKey, dimension }
}

function told({ minCosine }: Agreement): string {
  return `lowest cosine ${minCosine.toFixed(6)}`
}
