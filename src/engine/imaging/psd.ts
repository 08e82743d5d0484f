import type { RgbImage } from './resample.ts'

/**
 * Photoshop documents (Adobe "Photoshop File Formats Specification", PSD and PSB): the merged picture that Photoshop keeps at
 * the end of the file for programs like this one. 1, 8, 16 and 32 bits; bitmap, grey, duotone (as grey), indexed, RGB, CMYK and
 * Lab; uncompressed or PackBits, which are all that Photoshop writes there.
 */
export interface PsdHeader {
  width: number
  height: number
  channels: number
  bits: number
  mode: number
  /** Version 2: lengths of rows are four bytes. */
  large: boolean
  palette: Buffer
  pixelsAt: number
  profile: Buffer | null
  exif: Buffer | null
  xmp: Buffer | null
  /** The document was saved with a merged picture. */
  merged: boolean
}

export const psdModes = {
  bitmap: 0,
  grey: 1,
  indexed: 2,
  rgb: 3,
  cmyk: 4,
  multichannel: 7,
  duotone: 8,
  lab: 9,
} as const
const resourceIds = { versionInfo: 1057, profile: 1039, exif: 1058, xmp: 1060 } as const
const mostResources = 2_000

/** Throws RangeError where the header runs past the end, Error where it says what no document says. */
export function readPsdHeader(file: Buffer): PsdHeader {
  const version = file.readUInt16BE(4)
  const channels = file.readUInt16BE(12)
  const [height, width] = [file.readUInt32BE(14), file.readUInt32BE(18)]
  const [bits, mode] = [file.readUInt16BE(22), file.readUInt16BE(24)]
  const knownMode = Object.values(psdModes).some((known) => known === mode)
  if (
    (version !== 1 && version !== 2) ||
    ![1, 8, 16, 32].includes(bits) ||
    !knownMode ||
    channels < leastChannels(mode)
  ) {
    throw new Error(`unsupported PSD: ${bits} bits, mode ${mode}, ${channels} channels`)
  }
  const paletteAt = 30
  const resourcesAt = paletteAt + file.readUInt32BE(26) + 4
  const layersAt = resourcesAt + file.readUInt32BE(resourcesAt - 4)
  const large = version === 2
  const layers = large ? 8 + Number(file.readBigUInt64BE(layersAt)) : 4 + file.readUInt32BE(layersAt)
  const resources = readResources(file.subarray(resourcesAt, layersAt))
  const versionInfo = resources.get(resourceIds.versionInfo)
  return {
    width,
    height,
    channels,
    bits,
    mode,
    large,
    palette: file.subarray(paletteAt, resourcesAt - 4),
    pixelsAt: layersAt + layers,
    profile: resources.get(resourceIds.profile) ?? null,
    exif: resources.get(resourceIds.exif) ?? null,
    xmp: resources.get(resourceIds.xmp) ?? null,
    merged: versionInfo === undefined || versionInfo.length < 5 || versionInfo[4] !== 0,
  }
}

function leastChannels(mode: number): number {
  if (mode === psdModes.cmyk) return 4
  return mode === psdModes.rgb || mode === psdModes.lab ? 3 : 1
}

function readResources(section: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = 0; at + 12 <= section.length && found.size < mostResources;) {
    if (section.toString('latin1', at, at + 4) !== '8BIM') break
    const id = section.readUInt16BE(at + 4)
    const name = (section[at + 6] ?? 0) + 1
    const sizeAt = at + 6 + name + (name % 2)
    if (sizeAt + 4 > section.length) break
    const size = section.readUInt32BE(sizeAt)
    found.set(id, section.subarray(sizeAt + 4, sizeAt + 4 + size))
    at = sizeAt + 4 + size + (size % 2)
  }
  return found
}

/** Rows that the file does not hold stay white; `share` (0–1) says how many it holds of each of the channels shown. */
export function decodePsd(file: Buffer): RgbImage & { share: number } {
  const header = readPsdHeader(file)
  const { width, height, mode } = header
  const shown = Math.min(header.channels, leastChannels(mode))
  // Ink as Photoshop stores it: 255 is none. So what is missing is white in every mode but Lab.
  const planes = Array.from({ length: shown }, () => new Uint8Array(width * height).fill(255))
  const rows = readPlanes(file, header, planes)
  const data = new Uint8Array(width * height * 3)
  paint(header, planes, data)
  return { data, width, height, share: rows / (height * shown) }
}

/** Fills the planes with 8-bit values; returns how many rows there were. */
function readPlanes(file: Buffer, header: PsdHeader, planes: Uint8Array[]): number {
  const { width, height, bits, channels, large, pixelsAt } = header
  const compression = file.readUInt16BE(pixelsAt)
  if (compression > 1) throw new Error(`unsupported PSD: compression ${compression}`)
  const stride = Math.ceil((width * bits) / 8)
  const row = Buffer.alloc(stride)
  const countBytes = large ? 4 : 2
  const countsAt = pixelsAt + 2
  let at = compression === 0 ? countsAt : countsAt + channels * height * countBytes
  for (const [channel, plane] of planes.entries()) {
    for (let y = 0; y < height; y++) {
      if (at >= file.length) return channel * height + y
      if (compression === 0) {
        if (at + stride > file.length) return channel * height + y
        narrow(file, at, bits, width, plane, y * width)
        at += stride
        continue
      }
      const count = file.readUIntBE(countsAt + (channel * height + y) * countBytes, countBytes)
      unpackBits(file, at, Math.min(file.length, at + count), row)
      narrow(row, 0, bits, width, plane, y * width)
      at += count
    }
  }
  return planes.length * height
}

/** PackBits (TIFF 6.0 section 9) from `at` to `end` into a row; what the data lacks stays as it was. */
function unpackBits(file: Buffer, at: number, end: number, row: Buffer): void {
  for (let to = 0; at < end && to < row.length;) {
    const control = file.readInt8(at++)
    if (control >= 0) {
      const count = Math.min(control + 1, row.length - to, end - at)
      file.copy(row, to, at, at + count)
      to += control + 1
      at += control + 1
    } else if (control > -128) {
      row.fill(file[at++] ?? 0, to, to + 1 - control)
      to += 1 - control
    }
  }
}

function narrow(from: Buffer, at: number, bits: number, width: number, plane: Uint8Array, to: number): void {
  for (let x = 0; x < width; x++) {
    if (bits === 8) plane[to + x] = from[at + x] ?? 0
    else if (bits === 16) plane[to + x] = from[at + 2 * x] ?? 0
    else if (bits === 32) plane[to + x] = toneOf(from.readFloatBE(at + 4 * x))
    // A set bit is ink.
    else plane[to + x] = ((from[at + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1 ? 0 : 255
  }
}

/** Linear light, 0–1, to sRGB's curve (IEC 61966-2-1). */
function toneOf(linear: number): number {
  if (!(linear > 0)) return 0
  const level = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055
  return Math.min(255, Math.round(255 * level))
}

function paint({ mode, palette }: PsdHeader, planes: readonly Uint8Array[], data: Uint8Array): void {
  const [a, b, c, k] = planes
  if (a === undefined) return
  for (let i = 0, to = 0; i < a.length; i++, to += 3) {
    const first = a[i] ?? 0
    if (mode === psdModes.indexed) {
      for (let channel = 0; channel < 3; channel++) data[to + channel] = palette[channel * 256 + first] ?? 0
    } else if (b === undefined || c === undefined) {
      data.fill(first, to, to + 3)
    } else if (mode === psdModes.lab) {
      labToRgb(first, b[i] ?? 0, c[i] ?? 0, data, to)
    } else {
      const paper = (k?.[i] ?? 255) / 255
      data[to] = Math.round(first * paper)
      data[to + 1] = Math.round((b[i] ?? 0) * paper)
      data[to + 2] = Math.round((c[i] ?? 0) * paper)
    }
  }
}

/** CIE L*a*b* with the white of D50, as bytes, to sRGB (Bradford-adapted matrix). */
function labToRgb(l: number, a: number, b: number, data: Uint8Array, to: number): void {
  const fy = ((l * 100) / 255 + 16) / 116
  const cube = (t: number): number => (t > 6 / 29 ? t ** 3 : 3 * (6 / 29) ** 2 * (t - 4 / 29))
  const x = 0.9642 * cube(fy + (a - 128) / 500)
  const y = cube(fy)
  const z = 0.8251 * cube(fy - (b - 128) / 200)
  data[to] = toneOf(3.1339 * x - 1.6169 * y - 0.4906 * z)
  data[to + 1] = toneOf(-0.9788 * x + 1.9161 * y + 0.0335 * z)
  data[to + 2] = toneOf(0.0719 * x - 0.229 * y + 1.4052 * z)
}
