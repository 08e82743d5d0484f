const newSubfileType = 254
const subIfds = 330
const dngVersion = 50_706

/**
 * Whether a TIFF by its first bytes is a camera raw file: it carries DNG's version (DNG 1.7 section 4), or its first
 * directory is a reduced picture that points to sub-directories (NEF, ARW). Its first picture is then only a preview.
 */
export function isTiffRawFile(bytes: Buffer): boolean {
  if (bytes.length < 10) return false
  const big = bytes[0] === 0x4d
  const short = (at: number): number => (big ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at))
  const long = (at: number): number => (big ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at))
  if (short(2) !== 42) return false // BigTIFF: no camera writes it.
  const directory = long(4)
  if (directory + 2 > bytes.length) return false
  let reduced = false
  let nested = false
  for (let i = 0, count = short(directory); i < count; i++) {
    const at = directory + 2 + 12 * i
    if (at + 12 > bytes.length) break
    const tag = short(at)
    if (tag === dngVersion) return true
    if (tag === newSubfileType) reduced = (long(at + 8) & 1) === 1
    if (tag === subIfds) nested = true
  }
  return reduced && nested
}
