import type { ModelSpec } from '../../shared/contract/models.ts'
import { throwIfCancelled } from '../../shared/errors.ts'
import type { Embedder } from '../embedding/embedder.ts'
import {
  bestExplanation,
  namingLimits,
  swapChannels,
  tensorMistakes,
  type Explanation,
  type TensorMistake,
} from '../embedding/parity-faults.ts'
import { measureAgreement, spreadOf, type Spread } from '../embedding/parity-measure.ts'
import { withTwin, type TwinModel } from './twin-model.ts'

/** Pictures that mistakes are tried on. */
const picturesTried = 4

export interface Suspicion {
  twin: TwinModel
  spec: ModelSpec
  /** What the server saw: the model's pixels, decoded again where they went through a JPEG. */
  pixels: readonly Uint8Array[]
  /** The twin's right vectors of them. */
  right: readonly Float32Array[]
  /** What the server answered. */
  answers: readonly Float32Array[]
  signal: AbortSignal | undefined
}

/** How a server that makes this mistake is computed with the twin. */
export type Embed = (pixels: readonly Uint8Array[]) => Promise<Float32Array[]>

/**
 * The mistake in what follows the resizing that explains a server's answers ([Note: Naming a fault]); null when they need no
 * explanation or none fits. Opens the twin up to four times more, some seconds in all, and only when there is something to explain.
 */
export async function nameTensorMistake(suspicion: Suspicion): Promise<TensorMistake | null> {
  const { twin, spec, signal } = suspicion
  const scale = spreadOf(suspicion.right)
  const { pixels, right, answers } = mostTelling(suspicion, scale)
  const agreement = measureAgreement(right, answers, scale)
  if (agreement.meanUnexplained <= namingLimits.noise) return null
  const explanations: Explanation<TensorMistake>[] = []
  for (const mistakes of tensorMistakes(spec.input.preprocessing)) {
    throwIfCancelled(signal)
    const change = mistakes[0]?.preprocessing ?? null
    await withTwin(twin, signal, change === null ? {} : { preprocessing: change }, async (embedder) => {
      for (const mistake of mistakes) {
        const seen = mistake.swapped ? pixels.map((picture) => swapChannels(picture)) : [...pixels]
        explanations.push({ mistake, vectors: await embedder.embed(seen, signal) })
      }
    })
    // An exact fit needs no rival.
    const best = bestExplanation(answers, agreement, explanations, scale)
    if (best !== null && best.agreement.meanUnexplained <= namingLimits.noise) return best.mistake
  }
  return bestExplanation(answers, agreement, explanations, scale)?.mistake ?? null
}

/** The pictures whose answers differ most. */
function mostTelling(
  { pixels, right, answers }: Suspicion,
  scale: Spread,
): Pick<Suspicion, 'pixels' | 'right' | 'answers'> {
  const { unexplained } = measureAgreement(right, answers, scale)
  const order = Array.from(unexplained.keys()).sort((a, b) => (unexplained[b] ?? 0) - (unexplained[a] ?? 0))
  const chosen = order.slice(0, picturesTried)
  const pick = <T>(list: readonly T[]): T[] => chosen.flatMap((at) => list[at] ?? [])
  return { pixels: pick(pixels), right: pick(right), answers: pick(answers) }
}

/** Opens the twin as a server with this mistake (null: none) would compute. */
export function withMistake<T>(
  twin: TwinModel,
  mistake: TensorMistake | null,
  signal: AbortSignal | undefined,
  use: (embed: Embed) => Promise<T>,
): Promise<T> {
  const change = mistake?.preprocessing ? { preprocessing: mistake.preprocessing } : {}
  return withTwin(twin, signal, change, (embedder: Embedder) =>
    use((pixels) =>
      embedder.embed(mistake?.swapped ? pixels.map((picture) => swapChannels(picture)) : [...pixels], signal),
    ),
  )
}
