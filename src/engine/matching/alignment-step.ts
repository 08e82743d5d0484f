/** Makes one unknown of the two scales: [shift, shift, scale]. */
function withOneScale(matrix: Float64Array, right: Float64Array): { matrix: Float64Array; right: Float64Array } {
  const at = (row: number, column: number): number => matrix[row * 4 + column]!
  const scale = at(2, 2) + 2 * at(3, 2) + at(3, 3)
  return {
    matrix: Float64Array.of(at(0, 0), 0, 0, at(1, 0), at(1, 1), 0, at(2, 0) + at(3, 0), at(2, 1) + at(3, 1), scale),
    right: Float64Array.of(right[0]!, right[1]!, right[2]! + right[3]!),
  }
}

/** Solves the symmetric system (lower half given) by Cholesky; null where it is singular. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array | null {
  const n = right.length
  const lower = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!
      if (i === j) {
        if (sum <= 1e-9) return null
        lower[i * n + i] = Math.sqrt(sum)
      } else lower[i * n + j] = sum / lower[j * n + j]!
    }
  }
  const x = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let sum = right[i]!
    for (let k = 0; k < i; k++) sum -= lower[i * n + k]! * x[k]!
    x[i] = sum / lower[i * n + i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!
    for (let k = i + 1; k < n; k++) sum -= lower[k * n + i]! * x[k]!
    x[i] = sum / lower[i * n + i]!
  }
  return x
}

/**
 * One Gauss–Newton step of an alignment ([Note: Alignment]): [shift across, shift down, scale across, scale down]; null where it
 * can't be told.
 *
 * @param hessian 4 × 4, row by row; only the lower half is read
 * @param oneScale both scales are to stay alike
 */
export function stepOf(
  hessian: Float64Array,
  right: Float64Array,
  oneScale: boolean,
): [number, number, number, number] | null {
  if (!oneScale) {
    const step = solve(hessian, right)
    return step && [step[0]!, step[1]!, step[2]!, step[3]!]
  }
  const joint = withOneScale(hessian, right)
  const step = solve(joint.matrix, joint.right)
  return step && [step[0]!, step[1]!, step[2]!, step[2]!]
}
