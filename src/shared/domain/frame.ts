/** A part of a picture in shares of its sides, 0–1. */
export interface Frame {
  left: number
  top: number
  right: number
  bottom: number
}

export const wholeFrame: Frame = { left: 0, top: 0, right: 1, bottom: 1 }

export function isWhole({ left, top, right, bottom }: Frame): boolean {
  return left === 0 && top === 0 && right === 1 && bottom === 1
}
