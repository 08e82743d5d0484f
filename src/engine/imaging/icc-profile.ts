/** Reading just enough of a colour profile (ICC.1:2022) to know whether it says anything that sRGB does not. */

function tagData(icc: Buffer, signature: string): Buffer | null {
  const count = icc.readUInt32BE(128)
  for (let i = 0; i < Math.min(count, 64); i++) {
    const at = 132 + 12 * i
    if (at + 12 > icc.length) return null
    if (icc.toString('latin1', at, at + 4) !== signature) continue
    const offset = icc.readUInt32BE(at + 4)
    return icc.subarray(offset, offset + icc.readUInt32BE(at + 8))
  }
  return null
}

/** Value of a tone curve at 0.5, or null when it is of a kind not read here. */
function curveAtHalf(data: Buffer): number | null {
  const type = data.toString('latin1', 0, 4)
  if (type === 'curv') {
    const count = data.readUInt32BE(8)
    if (count === 0) return 0.5
    if (count === 1) return 0.5 ** (data.readUInt16BE(12) / 256)
    const at = (count - 1) / 2
    const low = data.readUInt16BE(12 + 2 * Math.floor(at))
    return (low + data.readUInt16BE(12 + 2 * Math.ceil(at))) / 2 / 65_535
  }
  if (type === 'para' && data.readUInt16BE(8) >= 1) {
    const [g, a, b] = [12, 16, 20].map((at) => data.readInt32BE(at) / 65_536)
    return ((a ?? 1) * 0.5 + (b ?? 0)) ** (g ?? 1)
  }
  return null
}

/** sRGB's primaries adapted to D50 (IEC 61966-2-1 through Bradford), as every sRGB profile carries them. */
const srgbColumns = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
} as const

/**
 * Whether converting from this profile to sRGB would change nothing worth seeing: an RGB matrix profile with sRGB's
 * primaries and tone curve. Most photos carry one, and leaving the conversion out saves a fifth of their decoding time.
 */
export function isSrgbProfile(icc: Buffer): boolean {
  try {
    if (icc.toString('latin1', 16, 20) !== 'RGB ' || tagData(icc, 'A2B0') !== null) return false
    for (const [name, expected] of Object.entries(srgbColumns)) {
      const column = tagData(icc, name)
      if (column === null) return false
      const near = expected.every((value, i) => Math.abs(column.readInt32BE(8 + 4 * i) / 65_536 - value) < 0.003)
      if (!near) return false
    }
    return ['rTRC', 'gTRC', 'bTRC'].every((name) => {
      const curve = tagData(icc, name)
      const half = curve === null ? null : curveAtHalf(curve)
      return half !== null && Math.abs(half - 0.214) < 0.004
    })
  } catch {
    return false // A broken profile: whoever decodes decides.
  }
}

/**
 * An uncompressed TIFF (TIFF 6.0) around RGB pixels with a colour profile: the way to give libvips, which takes no profile
 * with raw pixels, something that it converts to sRGB.
 */
export function wrapWithProfile(pixels: Uint8Array, width: number, height: number, icc: Uint8Array): Buffer {
  const entries = 11
  const bitsAt = 8 + 2 + 12 * entries + 4
  const iccAt = bitsAt + 8
  const pixelsAt = iccAt + icc.length + (icc.length % 2)
  const file = Buffer.alloc(pixelsAt + pixels.length)
  file.write('II*\0', 0, 'latin1')
  file.writeUInt32LE(8, 4)
  file.writeUInt16LE(entries, 8)
  const short = 3
  const long = 4
  const undefinedBytes = 7
  const fields = [
    [256, long, 1, width],
    [257, long, 1, height],
    [258, short, 3, bitsAt],
    [259, short, 1, 1], // no compression
    [262, short, 1, 2], // RGB
    [273, long, 1, pixelsAt],
    [277, short, 1, 3],
    [278, long, 1, height],
    [279, long, 1, pixels.length],
    [284, short, 1, 1],
    [34_675, undefinedBytes, icc.length, iccAt],
  ] as const
  fields.forEach(([tag, type, count, value], i) => {
    const at = 10 + 12 * i
    file.writeUInt16LE(tag, at)
    file.writeUInt16LE(type, at + 2)
    file.writeUInt32LE(count, at + 4)
    file.writeUInt32LE(value, at + 8)
  })
  for (let i = 0; i < 3; i++) file.writeUInt16LE(8, bitsAt + 2 * i)
  file.set(icc, iccAt)
  file.set(pixels, pixelsAt)
  return file
}
