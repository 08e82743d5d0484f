import { z } from 'zod'
import type { KeyValues } from '../catalog/settings.ts'
import { namingLimits, type TensorMistake } from '../embedding/parity-faults.ts'
import { measureAgreement, spreadOf } from '../embedding/parity-measure.ts'
import { packVectors, unpackVectors } from './recorded-spaces.ts'

/** Kept in the catalog under `parity:searched`: what a search for a mistake found for given answers to the probe pictures. */
const Searched = z.object({
  /** What was compared with, and which pictures. */
  twinKey: z.string(),
  setId: z.string(),
  lossy: z.boolean(),
  dimension: z.number().int().positive(),
  /** See `packVectors`. */
  vectors: z.base64(),
  /** Completes "The server …"; null where nothing was found. */
  says: z.string().nullable(),
})
type Searched = z.infer<typeof Searched>

const key = 'parity:searched'
/** 22 KB each; the oldest go. */
const mostSearched = 16

export type SearchedFor = Pick<Searched, 'twinKey' | 'setId' | 'lossy'> & { vectors: readonly Float32Array[] }

/**
 * The outcome of `search`, or that of an earlier one for the same answers: a server whose network is in 8 bits or bfloat16 differs
 * from its twin by more than noise at every start, and a search takes seconds.
 *
 * @returns what completes "The server …"; null where no mistake explains the answers
 */
export async function searchedOnce(
  kv: KeyValues,
  { vectors, ...what }: SearchedFor,
  search: () => Promise<TensorMistake | null>,
): Promise<string | null> {
  const all = kv.get(key, z.array(Searched)) ?? []
  const dimension = vectors[0]?.length ?? 0
  const scale = spreadOf(vectors)
  const known = all.find(
    (one) =>
      one.twinKey === what.twinKey &&
      one.setId === what.setId &&
      one.lossy === what.lossy &&
      one.dimension === dimension &&
      measureAgreement(vectors, unpackVectors(one.vectors, dimension), scale).maxUnexplained <= namingLimits.noise,
  )
  if (known !== undefined) return known.says
  const says = (await search())?.says ?? null
  if (dimension > 0)
    kv.set(key, [...all, { ...what, dimension, vectors: packVectors(vectors), says }].slice(-mostSearched))
  return says
}
