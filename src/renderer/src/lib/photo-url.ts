/** Address of a catalogued photo's thumbnail (at most 320 pixels on the longer side). */
export function thumbnailUrl(photoId: number): string {
  return `photo://thumbnail/${photoId}`
}

/** Address of the photo itself, at most `side` pixels wide and high (64–8192). */
export function pictureUrl(photoId: number, side: number): string {
  return `photo://picture/${photoId}?side=${side}`
}
