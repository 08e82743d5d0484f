import type { Preprocessing } from '../../shared/contract/photo.ts'
import type { ParityFault } from '../../shared/contract/servers.ts'
import { measureAgreement, type Agreement, type Spread } from './parity-measure.ts'

/**
 * [Note: Naming a fault]
 * The local twin computes what a server with a known mistake would answer. A mistake is named when its answers fit the server's
 * clearly better than the right ones do: at most a quarter is left of what the right preprocessing leaves unexplained. Below the
 * noise of floating point and decoders nothing is looked for.
 */
export const namingLimits = {
  /** Mean unexplained share up to which a server is taken at its word: half-precision floats and JPEG decoders stay under it. */
  noise: 1e-4,
  /** What a mistake may leave of the right preprocessing's unexplained share to be named. */
  share: 0.25,
  /** Mean centred cosine under which answers have nothing in common with the twin's. */
  unrelated: 0.3,
} as const

/** A mistake in what follows the resizing: how bytes become the model's input. */
export interface TensorMistake {
  fault: Extract<ParityFault, 'no-mean-std' | 'bgr'>
  preprocessing: Pick<Preprocessing, 'scale' | 'mean' | 'std'> | null
  swapped: boolean
  /** Completes "The server …". */
  says: string
}

const bytesAsTheyAre = { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } satisfies TensorMistake['preprocessing']
const zeroToOne = { scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } satisfies TensorMistake['preprocessing']
const minusOneToOne = {
  scale: 1 / 255,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
} satisfies TensorMistake['preprocessing']
/** torchvision's, of ImageNet. */
const imageNet = {
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} satisfies TensorMistake['preprocessing']

/** The mistakes that are tried, grouped so that the twin is opened once for each way to scale. */
export function tensorMistakes(right: Preprocessing): TensorMistake[][] {
  const scalings: { preprocessing: TensorMistake['preprocessing']; says: string }[] = [
    { preprocessing: zeroToOne, says: 'leaves out mean and standard deviation (it feeds 0–1)' },
    { preprocessing: bytesAsTheyAre, says: 'leaves out mean and standard deviation, and feeds 0–255' },
    { preprocessing: minusOneToOne, says: 'uses 0.5 as mean and standard deviation' },
    { preprocessing: imageNet, says: 'uses the mean and standard deviation of ImageNet' },
  ]
  const different = scalings.filter(({ preprocessing }) => preprocessing === null || !sameScaling(preprocessing, right))
  const swap: TensorMistake = {
    fault: 'bgr',
    preprocessing: null,
    swapped: true,
    says: 'takes red for blue (BGR instead of RGB)',
  }
  return [
    [swap],
    ...different.map(({ preprocessing, says }): TensorMistake[] => [
      { fault: 'no-mean-std', preprocessing, swapped: false, says },
      { fault: 'no-mean-std', preprocessing, swapped: true, says: `${says}, and takes red for blue` },
    ]),
  ]
}

function sameScaling(a: NonNullable<TensorMistake['preprocessing']>, b: Preprocessing): boolean {
  const numbers = ({ scale, mean, std }: typeof a): number[] => [scale, ...mean, ...std]
  const other = numbers(b)
  return numbers(a).every((value, at) => Math.abs(value - (other[at] ?? 0)) < 1e-9)
}

/** Red and blue exchanged; a new array. */
export function swapChannels(pixels: Uint8Array): Uint8Array {
  const swapped = new Uint8Array(pixels.length)
  for (let at = 0; at + 2 < pixels.length; at += 3) {
    swapped[at] = pixels[at + 2] ?? 0
    swapped[at + 1] = pixels[at + 1] ?? 0
    swapped[at + 2] = pixels[at] ?? 0
  }
  return swapped
}

/** One explanation: what the twin answers under it. */
export interface Explanation<M> {
  mistake: M
  vectors: readonly Float32Array[]
}

/**
 * The explanation that fits clearly better than the right computation; null when none does ([Note: Naming a fault]).
 *
 * @param answers the server's vectors
 * @param right agreement of the answers with the twin's right vectors
 * @param scale of the twin's right vectors on the whole set
 */
export function bestExplanation<M>(
  answers: readonly Float32Array[],
  right: Agreement,
  explanations: readonly Explanation<M>[],
  scale: Spread,
): { mistake: M; agreement: Agreement } | null {
  let best: { mistake: M; agreement: Agreement } | null = null
  for (const { mistake, vectors } of explanations) {
    const agreement = measureAgreement(vectors, answers, scale)
    if (best === null || agreement.meanUnexplained < best.agreement.meanUnexplained) best = { mistake, agreement }
  }
  if (best === null || right.meanUnexplained <= namingLimits.noise) return null
  return best.agreement.meanUnexplained <= namingLimits.share * right.meanUnexplained ? best : null
}

/** Norms may differ from 1 by what half-precision floats leave. */
const normTolerance = 0.02

export function isNormalised(norms: { min: number; max: number }): boolean {
  return norms.min >= 1 - normTolerance && norms.max <= 1 + normTolerance
}
