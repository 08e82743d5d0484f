/**
 * x' = xx·x + xy·y + tx, y' = yx·x + yy·y + ty. Of pictures, in fractions of their sides unless said otherwise: (0, 0) is the
 * upper left corner, (1, 1) the lower right one.
 */
export interface Affine {
  xx: number
  xy: number
  tx: number
  yx: number
  yy: number
  ty: number
}

/** First `first`, then `second`. */
export function compose(second: Affine, first: Affine): Affine {
  return {
    xx: second.xx * first.xx + second.xy * first.yx,
    xy: second.xx * first.xy + second.xy * first.yy,
    tx: second.xx * first.tx + second.xy * first.ty + second.tx,
    yx: second.yx * first.xx + second.yy * first.yx,
    yy: second.yx * first.xy + second.yy * first.yy,
    ty: second.yx * first.tx + second.yy * first.ty + second.ty,
  }
}

/** Null for a map that flattens the plane. */
export function invert({ xx, xy, tx, yx, yy, ty }: Affine): Affine | null {
  const determinant = xx * yy - xy * yx
  if (Math.abs(determinant) < 1e-12) return null
  return {
    xx: yy / determinant,
    xy: -xy / determinant,
    tx: (xy * ty - yy * tx) / determinant,
    yx: -yx / determinant,
    yy: xx / determinant,
    ty: (yx * tx - xx * ty) / determinant,
  }
}

/** From pixels of a plane, whose middles lie on whole numbers, to fractions of its sides. */
export function pixelsToShares(width: number, height: number): Affine {
  return { xx: 1 / width, xy: 0, tx: 0.5 / width, yx: 0, yy: 1 / height, ty: 0.5 / height }
}

export function sharesToPixels(width: number, height: number): Affine {
  return { xx: width, xy: 0, tx: -0.5, yx: 0, yy: height, ty: -0.5 }
}

/** The map of the unit square onto itself that an orientation (index, see [Note: Eight orientations]) takes b's places to a's by. */
export function orientationMapOf(orientation: number): Affine {
  const transposed: Affine =
    orientation & 4 ? { xx: 0, xy: 1, tx: 0, yx: 1, yy: 0, ty: 0 } : { xx: 1, xy: 0, tx: 0, yx: 0, yy: 1, ty: 0 }
  const mirrored: Affine = {
    xx: orientation & 1 ? -1 : 1,
    xy: 0,
    tx: orientation & 1 ? 1 : 0,
    yx: 0,
    yy: orientation & 2 ? -1 : 1,
    ty: orientation & 2 ? 1 : 0,
  }
  return compose(mirrored, transposed)
}
