export type PhotoRequest =
  { kind: 'thumbnail'; photoId: number } | { kind: 'picture'; photoId: number; maxSide: number }

/**
 * Reads `photo://thumbnail/<id>` and `photo://picture/<id>?side=<64–8192>`: whole decimal numbers without signs, spaces or
 * leading zeros. Anything else, a path above all, is null.
 */
export function parsePhotoUrl(url: string): PhotoRequest | null {
  const thumbnail = /^photo:\/\/thumbnail\/([1-9]\d{0,14})$/.exec(url)
  if (thumbnail) return { kind: 'thumbnail', photoId: Number(thumbnail[1]) }
  const picture = /^photo:\/\/picture\/([1-9]\d{0,14})\?side=([1-9]\d{1,3})$/.exec(url)
  if (!picture) return null
  const maxSide = Number(picture[2])
  if (maxSide < 64 || maxSide > 8192) return null
  return { kind: 'picture', photoId: Number(picture[1]), maxSide }
}
