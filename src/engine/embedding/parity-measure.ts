/**
 * [Note: Unexplained share]
 * A model gives all pictures something in common: every vector is the set's mean plus a small part that tells pictures apart
 * (with untrained weights a very small one). The cosine counts the common part too, so it can be 0.99 between vectors that share
 * nothing else. What duplicates are found by is the small part. So beside the cosine there is the unexplained share: the squared
 * distance between the two vectors of a picture, divided by the reference's mean squared distance from its own mean (its spread).
 * 0: the same; 1: as far off as another picture would be; 2 and more: unrelated. (One minus the coefficient of determination, R².)
 * Nothing is subtracted from the candidate that was not measured on the reference, so a constant shift shows in full.
 */
export interface Agreement {
  /** By picture. */
  cosines: Float64Array
  minCosine: number
  meanCosine: number
  /** By picture; see [Note: Unexplained share]. */
  unexplained: Float64Array
  maxUnexplained: number
  meanUnexplained: number
  /** Mean over the pictures of the cosine after the reference's mean was taken from both; near 0: nothing in common. */
  meanCentredCosine: number
}

/** A spread below this is rounding: the reference answers the same for every picture. */
const leastSpread = 1e-9

/** Mean and spread of a set of vectors: what the unexplained share is measured by. */
export interface Spread {
  mean: Float64Array
  spread: number
}

export function spreadOf(vectors: readonly Float32Array[]): Spread {
  const mean = new Float64Array(vectors[0]?.length ?? 0)
  for (const vector of vectors) for (let k = 0; k < mean.length; k++) mean[k]! += vector[k]! / vectors.length
  let squares = 0
  for (const vector of vectors) for (let k = 0; k < mean.length; k++) squares += (vector[k]! - mean[k]!) ** 2
  return { mean, spread: Math.max(leastSpread, squares / Math.max(1, vectors.length)) }
}

/**
 * Compares what a candidate answered with what the reference answers, picture by picture.
 *
 * @param reference unit vectors, at least one
 * @param candidate unit vectors of the same pictures, of the same length
 * @param scale of the reference on a wider set; by default of `reference` itself
 */
export function measureAgreement(
  reference: readonly Float32Array[],
  candidate: readonly Float32Array[],
  scale: Spread = spreadOf(reference),
): Agreement {
  const cosines = new Float64Array(reference.length)
  const unexplained = new Float64Array(reference.length)
  let centredSum = 0
  reference.forEach((vector, at) => {
    const found = compare(vector, candidate[at] ?? new Float32Array(vector.length), scale)
    cosines[at] = found.cosine
    unexplained[at] = found.unexplained
    centredSum += found.centredCosine
  })
  return {
    cosines,
    minCosine: cosines.reduce((least, value) => Math.min(least, value), 1),
    meanCosine: meanOf(cosines),
    unexplained,
    maxUnexplained: unexplained.reduce((most, value) => Math.max(most, value), 0),
    meanUnexplained: meanOf(unexplained),
    meanCentredCosine: centredSum / Math.max(1, reference.length),
  }
}

function compare(
  a: Float32Array,
  b: Float32Array,
  { mean, spread }: Spread,
): { cosine: number; unexplained: number; centredCosine: number } {
  let [dot, squaredDistance, centredDot, centredA, centredB] = [0, 0, 0, 0, 0]
  for (let k = 0; k < a.length; k++) {
    const [x, y, m] = [a[k]!, b[k]!, mean[k]!]
    dot += x * y
    squaredDistance += (x - y) ** 2
    centredDot += (x - m) * (y - m)
    centredA += (x - m) ** 2
    centredB += (y - m) ** 2
  }
  const scale = Math.sqrt(centredA * centredB)
  return {
    // Float32 rounding can carry the product of unit vectors just over 1.
    cosine: Math.max(-1, Math.min(1, dot)),
    unexplained: squaredDistance / spread,
    centredCosine: scale < leastSpread ? 0 : centredDot / scale,
  }
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
