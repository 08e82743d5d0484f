import { TwinlensError } from '../../shared/errors.ts'

/**
 * Some pictures of an `embed` could not be computed though the server computes others: the rest are in `vectors`. It is thrown
 * rather than returned, so that an embedder that never meets such a picture has nothing to do with it.
 */
export class PicturesRefused extends TwinlensError {
  /** For each picture of the call, in order, its vector, or why there is none. */
  readonly vectors: readonly (Float32Array | TwinlensError)[]

  constructor(vectors: readonly (Float32Array | TwinlensError)[]) {
    const reasons = vectors.filter((vector) => vector instanceof TwinlensError)
    const [first] = reasons
    const which = reasons.length === 1 ? 'A picture' : `${reasons.length} pictures`
    super(
      first?.code ?? 'server-refused',
      `${which} could not be embedded; the others were. ${first?.message ?? ''}`.trim(),
      { cause: first },
    )
    this.vectors = vectors
  }
}
