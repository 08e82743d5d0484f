import type { ModelSpec } from '../../shared/contract/models.ts'
import type { BackendParity, CosineSummary } from '../../shared/contract/parity.ts'
import type { InputFormat, ParityVerdict, Transport } from '../../shared/contract/servers.ts'
import { isNormalised, namingLimits, type TensorMistake } from '../embedding/parity-faults.ts'
import { measureAgreement, spreadOf, type Agreement } from '../embedding/parity-measure.ts'
import { isLossy, judge, sharpest, type Measured } from '../embedding/parity-verdict.ts'
import type { ParityPicture } from './golden-set.ts'
import { encodedAnswers, type ServerAnswers } from './measure-server.ts'
import { nameTensorMistake, withMistake } from './name-mistakes.ts'
import { nameServerPreprocessing } from './server-preprocessing.ts'
import type { TwinModel } from './twin-model.ts'

type Fault = BackendParity['faults'][number]

/** What backends are measured against. */
export interface Reference {
  /** For sentences: `OpenCLIP ViT-B/32 on this computer`, or another server's address. */
  name: string
  /** Null where another server stands in: then nothing can be named. */
  twin: TwinModel | null
  /** Of every picture. */
  vectors: Float32Array[]
  /** Of every picture after a JPEG; null where it is not known. */
  throughJpeg: Float32Array[] | null
}

/** What stands in a report of a backend before its numbers. */
export interface BackendIdentity {
  backend: string
  kind: BackendParity['kind']
  transport: Transport | null
  format: InputFormat | null
  model: string
}

/** A report of a backend that could not be compared, with the reason. */
export function notCompared(identity: BackendIdentity, reason: string): BackendParity {
  return {
    ...identity,
    verdict: 'not-compared',
    reason,
    inference: null,
    asSent: null,
    serverPreprocessing: null,
    faults: [],
    norms: null,
    pictures: [],
    groups: null,
  }
}

interface AssessParts {
  identity: BackendIdentity
  reference: Reference
  pictures: readonly ParityPicture[]
  /** The same after a JPEG, as the server saw them; needed where `answers.lossy` is. */
  decoded: readonly Uint8Array[]
  spec: ModelSpec
  signal: AbortSignal | undefined
}

/** Compares what a server answered with the reference, names what differs and judges it. Groups are left to the caller. */
export async function assessServer(parts: AssessParts, answers: ServerAnswers): Promise<BackendParity> {
  const { identity, reference, pictures } = parts
  const dimension = reference.vectors[0]?.length ?? 0
  if (answers.dimension !== dimension) return otherDimension(parts, answers, dimension)
  const measured: Measured = {
    inference: answers.lossless && measureAgreement(reference.vectors, answers.lossless),
    asSent: answers.lossy && measureAgreement(reference.vectors, answers.lossy),
    lossTakenOut: answers.lossy && reference.throughJpeg && measureAgreement(reference.throughJpeg, answers.lossy),
    format: identity.format,
  }
  const mistake = await findMistake(parts, answers)
  const faults = [...mistakeFaults(mistake), ...normFaults(answers.norms)]
  const verdict = judge(measured, faults.length > 0)
  if (verdict !== 'equal' && faults.length === 0) faults.push(unnamed(sharpest(measured)))
  const encoded = encodedAnswers(pictures, answers.encoded, reference.vectors)
  faults.push(...(await preprocessingFaults(parts, encoded, verdict, mistake)))
  const own = measureAgreement(
    encoded.map(({ right }) => right),
    encoded.map(({ answer }) => answer),
    spreadOf(reference.vectors),
  )
  const ownCosine = new Map(encoded.map(({ picture }, at) => [picture.pixels, own.cosines[at] ?? null]))
  return {
    ...identity,
    verdict,
    reason: reasonOf(verdict, measured, faults, reference.name),
    inference: summaryOf(measured.inference),
    asSent: summaryOf(measured.asSent),
    serverPreprocessing: encoded.length === 0 ? null : summaryOf(own),
    faults,
    norms: answers.norms,
    pictures: pictures.map(({ name, pixels }, at) => ({
      name,
      inference: measured.inference?.cosines[at] ?? null,
      asSent: measured.asSent?.cosines[at] ?? null,
      serverPreprocessing: ownCosine.get(pixels) ?? null,
    })),
    groups: null,
  }
}

/** Judges vectors that were computed on this computer, on whatever provider. */
export function assessLocal(
  identity: BackendIdentity,
  reference: Reference,
  pictures: readonly ParityPicture[],
  vectors: readonly Float32Array[],
): BackendParity {
  const inference = measureAgreement(reference.vectors, vectors)
  const measured: Measured = { inference, asSent: null, lossTakenOut: null, format: null }
  const verdict = judge(measured, false)
  const faults = verdict === 'equal' ? [] : [unnamed(inference)]
  return {
    ...notCompared(identity, reasonOf(verdict, measured, faults, reference.name)),
    verdict,
    inference: summaryOf(inference),
    faults,
    pictures: pictures.map(({ name }, at) => ({
      name,
      inference: inference.cosines[at] ?? null,
      asSent: null,
      serverPreprocessing: null,
    })),
  }
}

function otherDimension(
  { identity, reference }: AssessParts,
  answers: ServerAnswers,
  dimension: number,
): BackendParity {
  const message = `It answers vectors of ${answers.dimension} numbers, ${reference.name} of ${dimension}: another model.`
  return {
    ...notCompared(identity, message),
    verdict: 'different-model',
    faults: [{ fault: 'other-weights', where: 'inference', message }],
    norms: answers.norms,
  }
}

async function findMistake(parts: AssessParts, answers: ServerAnswers): Promise<TensorMistake | null> {
  const { reference, pictures, decoded, spec, signal } = parts
  const { twin } = reference
  if (twin === null) return null
  const common = { twin, spec, signal }
  if (answers.lossless !== null) {
    const pixels = pictures.map((picture) => picture.pixels)
    return nameTensorMistake({ ...common, pixels, right: reference.vectors, answers: answers.lossless })
  }
  if (answers.lossy === null || reference.throughJpeg === null) return null
  return nameTensorMistake({ ...common, pixels: decoded, right: reference.throughJpeg, answers: answers.lossy })
}

function mistakeFaults(mistake: TensorMistake | null): Fault[] {
  if (mistake === null) return []
  const message = `The server ${mistake.says}.`
  const faults: Fault[] = [{ fault: mistake.fault, where: 'inference', message }]
  if (mistake.swapped && mistake.fault !== 'bgr') faults.push({ fault: 'bgr', where: 'inference', message })
  return faults
}

function normFaults(norms: ServerAnswers['norms']): Fault[] {
  if (isNormalised(norms)) return []
  const message = `Its vectors are ${norms.min.toFixed(2)} to ${norms.max.toFixed(2)} long instead of 1. Twinlens brings them to unit length itself.`
  return [{ fault: 'not-normalised', where: 'inference', message }]
}

function unnamed(agreement: Agreement | null): Fault {
  if (agreement !== null && agreement.meanCentredCosine < namingLimits.unrelated) {
    const message = 'Its vectors have nothing in common with the reference: another checkpoint, or another model.'
    return { fault: 'other-weights', where: 'inference', message }
  }
  const message =
    'It differs in a way that none of the known mistakes explains: reduced precision, another checkpoint of the same family, or other preprocessing.'
  return { fault: 'unknown', where: 'inference', message }
}

async function preprocessingFaults(
  { reference, spec, signal }: AssessParts,
  encoded: ReturnType<typeof encodedAnswers>,
  verdict: ParityVerdict,
  mistake: TensorMistake | null,
): Promise<Fault[]> {
  const { twin } = reference
  // What differs for a reason unknown can't be told from what preprocessing adds.
  if (twin === null || encoded.length === 0 || (verdict === 'different-model' && mistake === null)) return []
  const scale = spreadOf(reference.vectors)
  const { preprocessing } = spec.input
  const named = await withMistake(twin, mistake, signal, (embed) =>
    nameServerPreprocessing(encoded, preprocessing, scale, embed, signal),
  )
  return named.map((difference) => ({ ...difference, where: 'server-preprocessing' }))
}

function summaryOf(agreement: Agreement | null): CosineSummary | null {
  if (agreement === null) return null
  return { min: agreement.minCosine, mean: agreement.meanCosine, count: agreement.cosines.length }
}

function reasonOf(verdict: ParityVerdict, measured: Measured, faults: readonly Fault[], reference: string): string {
  const best = sharpest(measured)
  const numbers = `lowest cosine ${(measured.inference ?? measured.asSent ?? best)?.minCosine.toFixed(6) ?? '–'} over ${best?.cosines.length ?? 0} pictures`
  const sent =
    measured.asSent === null || measured.inference === null
      ? ''
      : `, ${measured.asSent.minCosine.toFixed(6)} ${isLossy(measured.format) ? 'as JPEG' : 'as sent'}`
  const own = faults.some(({ where }) => where === 'server-preprocessing')
    ? ' Its own preprocessing differs, which scans do not use.'
    : ''
  const first = faults.find(({ where }) => where === 'inference')
  if (verdict === 'equal') return `Computes the same as ${reference}: ${numbers}${sent}.${own}`
  return `${first?.message ?? `Differs from ${reference}.`} (${numbers}${sent}.)${own}`
}
