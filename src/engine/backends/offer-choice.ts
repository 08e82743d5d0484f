import type { InputFormat, InputOffer, ParityVerdict, ServerEntry } from '../../shared/contract/servers.ts'

/** Lossless formats first: what a server is first identified by must not carry JPEG's own loss. */
const byFidelity: readonly InputFormat[] = [
  'fp32',
  'uint8',
  'multipart-png',
  'base64-png',
  'fp16',
  'json-fp32',
  'multipart-jpeg',
  'base64-jpeg',
  'jpeg',
]

/** The same bytes in a larger wrapping: not worth a trial beside the other. */
const wrappings: Partial<Record<InputFormat, InputFormat>> = {
  'json-fp32': 'fp32',
  'base64-jpeg': 'multipart-jpeg',
  'base64-png': 'multipart-png',
}

/** Offers that are tried at most; a server with a hundred models is not measured for minutes. */
const mostTrials = 6

/**
 * The offers that an entry leaves to choose from, the most faithful format first. A named model is taken by its exact name;
 * where it does not come in the wanted format, its variants (`<name>_u8` and the like) are looked at. With "auto", formats that
 * only wrap another offered one are left out.
 */
export function offersFor(entry: Pick<ServerEntry, 'model' | 'input'>, offers: readonly InputOffer[]): InputOffer[] {
  const { model, input } = entry
  const named = model === null ? offers : offers.filter((offer) => offer.model === model)
  if (input !== 'auto') {
    const wanted = named.filter((offer) => offer.format === input)
    const variants = model === null ? [] : offers.filter((offer) => offer.model.startsWith(`${model}_`))
    return [...wanted, ...variants.filter((offer) => offer.format === input)].slice(0, 1)
  }
  const worthTrying = named.filter((offer) => {
    const inner = wrappings[offer.format]
    return !named.some((other) => other.model === offer.model && other.format === inner)
  })
  return worthTrying
    .toSorted((a, b) => byFidelity.indexOf(a.format) - byFidelity.indexOf(b.format))
    .slice(0, mostTrials)
}

/** How far a verdict lets an offer be used; lower is better. Nothing speaks against what could not be compared. */
const ranks: Record<ParityVerdict, number> = { equal: 0, 'not-compared': 0, usable: 1, 'different-model': 2 }

export function rankOf(verdict: ParityVerdict): number {
  return ranks[verdict]
}

/** The best verdict, and of those the fastest. */
export function bestOf<T extends { verdict: ParityVerdict; imagesPerSecond: number | null }>(
  candidates: readonly T[],
): T | undefined {
  return candidates.toSorted(
    (a, b) => rankOf(a.verdict) - rankOf(b.verdict) || (b.imagesPerSecond ?? 0) - (a.imagesPerSecond ?? 0),
  )[0]
}

/** "no offer fits" as a sentence for the person. */
export function noOfferReason(entry: ServerEntry, offers: readonly InputOffer[]): string {
  if (offers.length === 0) return `${entry.url} offers no model that takes pictures.`
  const list = [...new Set(offers.map((offer) => `${offer.model} (${offer.format})`))].join(', ')
  const wanted = [entry.model, entry.input === 'auto' ? null : entry.input]
    .filter((word) => word !== null)
    .join(' with ')
  return `${entry.url} does not offer ${wanted}. It offers ${list}.`
}
