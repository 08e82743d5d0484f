import type { RgbImage } from './resample.ts'

/**
 * Truevision TGA (specification 2.0): colour-mapped, true colour and grey, plain or run-length coded, 8 to 32 bits, all four
 * corners as origin; alpha, where the header declares it, on white.
 */
export interface TgaHeader {
  width: number
  height: number
  bits: number
  kind: 'mapped' | 'colour' | 'grey'
  runs: boolean
  alphaBits: number
  fromRight: boolean
  fromTop: boolean
  palette: { at: number; first: number; count: number; bits: number }
  pixelsAt: number
}

const kinds = { 1: 'mapped', 2: 'colour', 3: 'grey' } as const
const depths: Readonly<Record<TgaHeader['kind'], readonly number[]>> = {
  mapped: [8, 16],
  colour: [15, 16, 24, 32],
  grey: [8, 16],
}

/**
 * Null unless every field of the header says what the specification allows: a TGA has no mark at its beginning, and this is how
 * it is told from other files.
 */
export function readTgaHeader(file: Buffer): TgaHeader | null {
  if (file.length < 19) return null
  const [idLength = 0, mapType = 0, imageType = 0] = file
  const kind = kinds[(imageType & 7) as keyof typeof kinds]
  const [first, count, mapBits] = [file.readUInt16LE(3), file.readUInt16LE(5), file[7] ?? 0]
  const [width, height, bits, descriptor] = [file.readUInt16LE(12), file.readUInt16LE(14), file[16] ?? 0, file[17] ?? 0]
  if (kind === undefined || (imageType & ~8) !== (imageType & 7) || width === 0 || height === 0) return null
  if (!depths[kind].includes(bits) || mapType > 1 || (descriptor & 0xc0) !== 0) return null
  const mapped = mapType === 1
  if (kind === 'mapped' ? !mapped || count === 0 : !mapped && (first !== 0 || count !== 0)) return null
  if (mapped && ![15, 16, 24, 32].includes(mapBits)) return null
  const alphaBits = descriptor & 15
  if (![0, 1, 8].includes(alphaBits)) return null
  const paletteAt = 18 + idLength
  const pixelsAt = paletteAt + (mapped ? count * Math.ceil(mapBits / 8) : 0)
  if (pixelsAt >= file.length) return null
  return {
    width,
    height,
    bits,
    kind,
    runs: (imageType & 8) !== 0,
    alphaBits,
    fromRight: (descriptor & 0x10) !== 0,
    fromTop: (descriptor & 0x20) !== 0,
    palette: { at: paletteAt, first, count, bits: mapBits },
    pixelsAt,
  }
}

/** Pixels that the file does not hold stay white; `share` (0–1) says how many it holds. */
export function decodeTga(file: Buffer): RgbImage & { share: number } {
  const header = readTgaHeader(file)
  if (header === null) throw new Error('not a TGA')
  const { width, height } = header
  const data = new Uint8Array(width * height * 3).fill(255)
  const paint = painterOf(file, header)
  const total = width * height
  const size = Math.ceil(header.bits / 8)
  const placeOf = (pixel: number): number => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)]
    return ((header.fromTop ? y : height - 1 - y) * width + (header.fromRight ? width - 1 - x : x)) * 3
  }
  let at = header.pixelsAt
  let pixel = 0
  while (pixel < total && at + size <= file.length) {
    if (!header.runs) {
      paint(at, data, placeOf(pixel++))
      at += size
      continue
    }
    const packet = file[at++] ?? 0
    const count = Math.min((packet & 127) + 1, total - pixel)
    const repeats = packet > 127
    for (let i = 0; i < count && at + size <= file.length; i++) {
      paint(at, data, placeOf(pixel++))
      if (!repeats) at += size
    }
    if (repeats) at += size
  }
  return { data, width, height, share: pixel / total }
}

type Paint = (at: number, data: Uint8Array, to: number) => void

function painterOf(file: Buffer, header: TgaHeader): Paint {
  const { kind, bits, alphaBits, palette } = header
  if (kind === 'grey') {
    return (at, data, to) =>
      data.fill(over(file[at] ?? 0, bits === 16 && alphaBits === 8 ? (file[at + 1] ?? 0) : 255), to, to + 3)
  }
  if (kind === 'colour') return (at, data, to) => colourAt(file, at, bits, alphaBits, data, to)
  const size = Math.ceil(palette.bits / 8)
  return (at, data, to) => {
    const index = (bits === 8 ? (file[at] ?? 0) : file.readUInt16LE(at)) - palette.first
    const inside = index >= 0 && index < palette.count
    if (inside) colourAt(file, palette.at + index * size, palette.bits, 0, data, to)
    else data.fill(0, to, to + 3)
  }
}

function over(level: number, alpha: number): number {
  return Math.round((level * alpha + 255 * (255 - alpha)) / 255)
}

/** Blue, green, red and perhaps alpha; or 5 bits each of red, green, blue. */
function colourAt(file: Buffer, at: number, bits: number, alphaBits: number, data: Uint8Array, to: number): void {
  if (bits <= 16) {
    const value = file.readUInt16LE(at)
    for (let c = 0; c < 3; c++) data[to + c] = Math.round((((value >> (10 - 5 * c)) & 31) * 255) / 31)
    return
  }
  const alpha = bits === 32 && alphaBits === 8 ? (file[at + 3] ?? 0) : 255
  for (let c = 0; c < 3; c++) data[to + c] = over(file[at + 2 - c] ?? 0, alpha)
}
