import type { ModelSpec } from '../../shared/contract/models.ts'
import { asTwinlensError, isCancellation, type TwinlensError } from '../../shared/errors.ts'
import { isLossy } from '../embedding/parity-verdict.ts'
import type { BackendIdentity } from './assess-backend.ts'
import type { ParityPicture } from './golden-set.ts'
import { askServer, chooseOffers, type ChosenOffers, type ParityServer, type ServerAnswers } from './measure-server.ts'

/** A server on its way through a check: what it was asked and what came of it. */
export interface Visit {
  server: ParityServer
  /** Null where it offers nothing that fits. */
  offers: ChosenOffers | null
  /** Null where it could not be asked: `error` says why. */
  answers: ServerAnswers | null
  error: TwinlensError | null
}

/**
 * Asks one server for everything that is compared. A server that fails is a result, not an end.
 *
 * @param onDone told how many requests of pictures are done, of how many
 * @throws TwinlensError `cancelled`
 */
export async function visitServer(
  server: ParityServer,
  pictures: readonly ParityPicture[],
  spec: ModelSpec,
  signal: AbortSignal | undefined,
  onDone: (done: number, total: number) => void,
): Promise<Visit> {
  const visit: Visit = { server, offers: null, answers: null, error: null }
  try {
    onDone(0, pictures.length)
    visit.offers = chooseOffers(server, await server.connection.inspect(signal))
    const { asSent, lossless } = visit.offers
    const ways = 1 + (isLossy(asSent.format) ? 1 : 0) + (lossless === null ? 0 : 1)
    visit.answers = await askServer(server.connection, visit.offers, pictures, spec, signal, (done) =>
      onDone(done, ways * pictures.length),
    )
  } catch (error) {
    if (isCancellation(error)) throw error
    visit.error = asTwinlensError(error)
  }
  return visit
}

/** How the server stands in a report. */
export function identityOf({ server, offers }: Visit, spec: ModelSpec): BackendIdentity {
  const { address, kind } = server.connection
  const offer = offers?.asSent ?? server.offer
  return {
    backend: address,
    kind,
    transport: offer?.transport ?? server.transport,
    format: offer?.format ?? null,
    model: offer?.model ?? server.model ?? spec.id,
  }
}
