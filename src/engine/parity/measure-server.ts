import type { ModelSpec } from '../../shared/contract/models.ts'
import type { InputFormat, InputOffer, ServerReport, Transport } from '../../shared/contract/servers.ts'
import { isCancellation, throwIfCancelled, TwinlensError } from '../../shared/errors.ts'
import { isLossy } from '../embedding/parity-verdict.ts'
import { formatsOf, type InputRecipe, type ServerConnection } from '../embedding/remote/inference-client.ts'
import { pictureCodec } from '../imaging/picture-codec.ts'
import { embedThrough } from './embed-through.ts'
import type { ParityPicture } from './golden-set.ts'
import type { EncodedAnswer } from './server-preprocessing.ts'

/** One server to be compared. */
export interface ParityServer {
  connection: ServerConnection
  /** The way that scans use; null: the smallest payload that it offers. */
  offer: InputOffer | null
  /** Narrows what is chosen where `offer` is null; null: anything. */
  model: string | null
  transport: Transport | null
  /** Likewise; undefined: anything. */
  format?: InputFormat
}

/** The ways into a server that a check takes. */
export interface ChosenOffers {
  /** As scans do. */
  asSent: InputOffer
  /** The same model without loss: what inference alone is measured with; null where it takes JPEG only. */
  lossless: InputOffer | null
}

/** Formats without loss, the best known first: a float tensor leaves nothing to the server. */
const losslessFormats: readonly InputFormat[] = ['fp32', 'uint8', 'multipart-png', 'base64-png', 'fp16', 'json-fp32']

/** @throws TwinlensError the report's problem; `server-not-ready` where nothing on it takes pictures */
export function chooseOffers(server: ParityServer, report: ServerReport): ChosenOffers {
  const { connection } = server
  if (report.problem !== null) throw new TwinlensError(report.problem.code, report.problem.message)
  const wanted = report.offers.filter(
    ({ model, transport, format }) =>
      (server.model === null || model === server.model) &&
      (server.format === undefined || format === server.format) &&
      (server.transport === null || transport === server.transport),
  )
  const rank = ({ format }: InputOffer): number => formatsOf[connection.kind].indexOf(format)
  const asSent = server.offer ?? wanted.toSorted((a, b) => rank(a) - rank(b))[0]
  if (asSent === undefined) {
    const which =
      server.model === null ? 'no model that takes pictures' : `no model ${server.model} that takes pictures`
    throw new TwinlensError('server-not-ready', `${connection.address} offers ${which}.`)
  }
  if (!isLossy(asSent.format)) return { asSent, lossless: asSent }
  const others = report.offers.filter(
    ({ model, transport, format }) => model === asSent.model && transport === asSent.transport && !isLossy(format),
  )
  const [lossless] = others.toSorted((a, b) => losslessFormats.indexOf(a.format) - losslessFormats.indexOf(b.format))
  return { asSent, lossless: lossless ?? null }
}

/** What one server answered to all pictures. */
export interface ServerAnswers {
  offers: ChosenOffers
  lossless: Float32Array[] | null
  /** Null where scans send without loss: then `lossless` is as sent. */
  lossy: Float32Array[] | null
  dimension: number
  norms: { min: number; max: number }
  /** By picture; null where the server takes tensors only, or did not take this file. */
  encoded: (Float32Array | null)[]
}

/**
 * Sends every picture in each of the ways that are compared.
 *
 * @param onDone told after each picture and way
 * @throws TwinlensError the client's codes; `cancelled`
 */
export async function askServer(
  connection: ServerConnection,
  offers: ChosenOffers,
  pictures: readonly ParityPicture[],
  spec: ModelSpec,
  signal: AbortSignal | undefined,
  onDone: (done: number) => void,
): Promise<ServerAnswers> {
  const recipe: InputRecipe = { preprocessing: spec.input.preprocessing, codec: pictureCodec }
  const pixels = pictures.map((picture) => picture.pixels)
  let before = 0
  const ask = async (offer: InputOffer): Promise<Awaited<ReturnType<typeof embedThrough>>> => {
    const answered = await embedThrough(connection.client(offer, recipe), pixels, signal, (done) =>
      onDone(before + done),
    )
    before += pixels.length
    return answered
  }
  const exact = offers.lossless === null ? null : await ask(offers.lossless)
  const lossy = isLossy(offers.asSent.format) ? await ask(offers.asSent) : null
  const encoded = await askWithFiles(connection, pictures, signal, (done) => onDone(before + done))
  const both = [exact, lossy].filter((answered) => answered !== null)
  return {
    offers,
    lossless: exact?.vectors ?? null,
    lossy: lossy?.vectors ?? null,
    dimension: both[0]?.dimension ?? 0,
    norms: {
      min: Math.min(...both.map(({ norms }) => norms.min)),
      max: Math.max(...both.map(({ norms }) => norms.max)),
    },
    encoded,
  }
}

/** A file that the server refuses is no finding: scans don't send it. One refusal of a whole kind (null) ends the asking. */
async function askWithFiles(
  connection: ServerConnection,
  pictures: readonly ParityPicture[],
  signal: AbortSignal | undefined,
  onDone: (done: number) => void,
): Promise<(Float32Array | null)[]> {
  const answers: (Float32Array | null)[] = []
  let takesFiles = true
  for (const { file } of pictures) {
    throwIfCancelled(signal)
    let answer: Float32Array | null = null
    if (takesFiles && file !== null) {
      try {
        answer = await connection.embedEncoded(file.bytes, file.type, signal)
        if (answer === null) takesFiles = false
      } catch (error) {
        if (isCancellation(error) || !(error instanceof TwinlensError)) throw error
      }
    }
    answers.push(answer)
    onDone(answers.length)
  }
  return answers
}

/** The pictures that the server took as files, with the reference's vectors of our pixels for them. */
export function encodedAnswers(
  pictures: readonly ParityPicture[],
  encoded: readonly (Float32Array | null)[],
  reference: readonly Float32Array[],
): EncodedAnswer[] {
  return pictures.flatMap((picture, at) => {
    const { file } = picture
    const [answer, right] = [encoded[at], reference[at]]
    if (file === null || !answer || right === undefined || answer.length !== right.length) return []
    return [{ picture: { ...picture, file }, answer, right }]
  })
}
