import { z } from 'zod'
import type { InputOffer, OfferTrial, ServerEntry, ServerReport } from '../../shared/contract/servers.ts'
import { asTwinlensError, isCancellation, TwinlensError } from '../../shared/errors.ts'
import type { KeyValues } from '../catalog/settings.ts'
import type { InferenceClient, InputRecipe, ServerConnection } from '../embedding/remote/inference-client.ts'
import type { SpaceIdentity } from '../parity/identify-space.ts'
import { measureOffer, type OfferSpeed } from './measure-offer.ts'
import { bestOf, noOfferReason, offersFor } from './offer-choice.ts'

export interface CheckParts {
  kv: KeyValues
  recipe: InputRecipe
  /** Pictures for measuring, at the model's input size. */
  pictures: readonly Uint8Array[]
  identify(client: InferenceClient, signal?: AbortSignal): Promise<SpaceIdentity>
}

/** The way through a server that was chosen. */
export interface ChosenOffer {
  offer: InputOffer
  client: InferenceClient
  identity: SpaceIdentity
  /** Null when it was not measured: there was nothing to choose. */
  imagesPerSecond: number | null
}

export interface ServerCheck {
  report: ServerReport
  trials: OfferTrial[]
  chosen: ChosenOffer | null
  /** Why nothing could be chosen. */
  problem: TwinlensError | null
}

/** What is remembered of an address and version: which offer was the best, and how fast it was. */
const Remembered = z.object({ offer: z.string(), imagesPerSecond: z.number(), bytesPerImage: z.number() })

/**
 * Asks a server everything, and chooses the way through it: the one that the entry names, or the fastest that passes parity. That
 * is measured once for each address, server version and list of offers, and remembered.
 *
 * @param measure `anew`: whatever is remembered; `always`: also where there is but one offer; `to-choose`: only between several
 * @throws TwinlensError `cancelled` only; what the server does wrong is in `problem`
 */
export async function checkServer(
  entry: ServerEntry,
  connection: ServerConnection,
  parts: CheckParts,
  measure: 'anew' | 'always' | 'to-choose',
  signal?: AbortSignal,
): Promise<ServerCheck> {
  const report = await connection.inspect(signal)
  const failed = (problem: TwinlensError): ServerCheck => ({ report, trials: [], chosen: null, problem })
  if (report.problem !== null) return failed(problemOf(report.problem, report))
  const offers = offersFor(entry, report.offers)
  const [first] = offers
  if (first === undefined) return failed(new TwinlensError('backend-unusable', noOfferReason(entry, report.offers)))
  const key = `offer-trial:${report.server?.name} ${report.server?.version} ${entry.url} ${offers.map(nameOf).join(' ')}`
  const remembered = measure === 'anew' ? null : parts.kv.get(key, Remembered)
  const known = offers.find((offer) => nameOf(offer) === remembered?.offer)
  const quick = known ?? (offers.length === 1 && measure === 'to-choose' ? first : undefined)
  if (quick !== undefined) {
    const trial = await tryOffer(quick, connection, parts, remembered ?? 'not', signal)
    // What was the best once and does not pass now is no reason to give up on the others.
    if (offers.length === 1 || (trial.problem === null && trial.identity?.verdict !== 'different-model'))
      return settle(report, [trial])
  }
  const tried: Tried[] = []
  for (const offer of offers) tried.push(await tryOffer(offer, connection, parts, 'now', signal))
  const check = settle(report, tried)
  const best = tried.find((trial) => trial.client === check.chosen?.client)
  if (best?.speed) parts.kv.set(key, { offer: nameOf(best.offer), ...best.speed } satisfies z.infer<typeof Remembered>)
  return check
}

/** Notes that a sentence on what is wrong is followed by, where they say why. */
const mostNotes = 3

/** What keeps a server from being used. That it has nothing that fits is no wrong use of ours. */
function problemOf({ code, message }: NonNullable<ServerReport['problem']>, { notes }: ServerReport): TwinlensError {
  if (code !== 'not-found') return new TwinlensError(code, message)
  return new TwinlensError('backend-unusable', [message, ...notes.slice(0, mostNotes)].join(' '))
}

interface Tried {
  offer: InputOffer
  client: InferenceClient
  identity: SpaceIdentity | null
  speed: OfferSpeed | null
  problem: TwinlensError | null
}

async function tryOffer(
  offer: InputOffer,
  connection: ServerConnection,
  parts: CheckParts,
  speed: OfferSpeed | 'now' | 'not',
  signal?: AbortSignal,
): Promise<Tried> {
  const client = connection.client(offer, parts.recipe)
  const tried: Tried = { offer, client, identity: null, speed: typeof speed === 'string' ? null : speed, problem: null }
  try {
    tried.identity = await parts.identify(client, signal)
    if (speed === 'now') tried.speed = await measureOffer(client, parts.pictures, signal)
  } catch (error) {
    if (isCancellation(error)) throw error
    const problem = asTwinlensError(error)
    const { code, message } = problem
    tried.problem = code === 'invalid-request' ? new TwinlensError('backend-unusable', message) : problem
  }
  return tried
}

function settle(report: ServerReport, tried: readonly Tried[]): ServerCheck {
  const usable = tried.flatMap(({ offer, client, identity, speed, problem }) =>
    identity === null || problem !== null
      ? []
      : [{ offer, client, identity, verdict: identity.verdict, imagesPerSecond: speed?.imagesPerSecond ?? null }],
  )
  const chosen = bestOf(usable)
  const trials = tried.map((trial) => trialOf(trial, trial.client === chosen?.client))
  if (chosen === undefined) return { report, trials, chosen: null, problem: tried[0]?.problem ?? null }
  return { report, trials, chosen, problem: null }
}

function trialOf({ offer, identity, speed, problem }: Tried, chosen: boolean): OfferTrial {
  return {
    offer,
    imagesPerSecond: speed?.imagesPerSecond ?? null,
    bytesPerImage: speed?.bytesPerImage ?? null,
    minCosine: identity?.minCosine ?? null,
    verdict: identity?.verdict ?? 'not-compared',
    chosen,
    reason: problem?.message ?? identity?.reason ?? '',
  }
}

function nameOf(offer: InputOffer): string {
  return `${offer.model}:${offer.version ?? ''}/${offer.transport}/${offer.format}`
}
