import { readFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { format } from 'node:util'
import { decodeBmp, readBmpHeader } from './bmp.ts'
import type { DecodeReply, DecodeRequest } from './decoder-messages.ts'
import { decodeIcon, readIconSize } from './ico.ts'
import { decodePsd, readPsdHeader } from './psd.ts'
import type { RgbImage } from './resample.ts'
import { decodeTga, readTgaHeader } from './tga.ts'

/**
 * Decoders that would block their thread: libheif and jxl-oxide in WebAssembly (HEIC, JPEG XL) and our own readers of simple
 * formats. One request at a time; the sizes are checked before any pixel is made.
 */
/** libheif's JavaScript tells its reasons to the console only; they say whether a file is cut short. */
const said: string[] = []
console.log = console.warn = console.error = (...parts: unknown[]): void => void said.push(format(...parts))
const { default: heicDecode } = await import('heic-decode')

async function decodeHeic({ bytes, page, maxPixels }: DecodeRequest): Promise<DecodeReply> {
  const images = await heicDecode.all({ buffer: bytes })
  try {
    const image = images[page] ?? images[0]
    if (image === undefined) return refused('no picture inside')
    const { width, height } = image
    if (width * height > maxPixels) return tooLarge(width, height)
    const { data } = await image.decode()
    return { ok: true, form: 'pixels', width, height, channels: 4, data: new Uint8Array(data.buffer), share: 1 }
  } finally {
    images.dispose()
  }
}

/** Loaded with the first JPEG XL: its WebAssembly is 1.8 MB. */
let jxlOxide: Promise<typeof import('jxl-oxide-wasm')> | null = null

async function loadJxlOxide(): Promise<typeof import('jxl-oxide-wasm')> {
  const library = await import('jxl-oxide-wasm')
  library.initSync({ module: readFileSync(new URL(import.meta.resolve('jxl-oxide-wasm/module.wasm'))) })
  return library
}

async function decodeJxl({ bytes, maxPixels }: DecodeRequest): Promise<DecodeReply> {
  jxlOxide ??= loadJxlOxide()
  const { JxlImage } = await jxlOxide
  const image = new JxlImage()
  try {
    image.forceSrgb = true
    image.feedBytes(bytes)
    if (!image.tryInit()) return refused('unexpected end of file')
    const { width = 0, height = 0 } = image
    if (width * height > maxPixels) return tooLarge(width, height)
    // Making the PNG also frees the frame.
    const data = new Uint8Array(image.render(0).encodeToPng())
    return { ok: true, form: 'png', width, height, data, share: image.loaded ? 1 : null }
  } finally {
    image.free()
  }
}

interface SimpleDecoder {
  sizeOf(file: Buffer): { width: number; height: number } | null
  decode(file: Buffer): RgbImage & { share: number }
}

const simpleDecoders: Record<'bmp' | 'psd' | 'tga' | 'ico', SimpleDecoder> = {
  bmp: { sizeOf: readBmpHeader, decode: decodeBmp },
  psd: { sizeOf: readPsdHeader, decode: decodePsd },
  tga: { sizeOf: readTgaHeader, decode: decodeTga },
  ico: { sizeOf: readIconSize, decode: decodeIcon },
}

function decodeSimple({ sizeOf, decode }: SimpleDecoder, { bytes, maxPixels }: DecodeRequest): DecodeReply {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { width, height } = sizeOf(file) ?? { width: 0, height: 0 }
  if (width < 1 || height < 1) return refused(`a size of ${width} × ${height}`)
  if (width * height > maxPixels) return tooLarge(width, height)
  const { data, share } = decode(file)
  const pixels = new Uint8Array(data.buffer as ArrayBuffer)
  return { ok: true, form: 'pixels', width, height, channels: 3, data: pixels, share }
}

function refused(message: string): DecodeReply {
  return { ok: false, tooLarge: null, message }
}

function tooLarge(width: number, height: number): DecodeReply {
  return { ok: false, tooLarge: { width, height }, message: 'too many pixels' }
}

async function decode(request: DecodeRequest): Promise<DecodeReply> {
  if (request.kind === 'heic') return decodeHeic(request)
  if (request.kind === 'jxl') return decodeJxl(request)
  return decodeSimple(simpleDecoders[request.kind], request)
}

parentPort?.on('message', (request: DecodeRequest) => {
  void (async () => {
    said.length = 0
    try {
      const reply = await decode(request)
      parentPort?.postMessage(reply, reply.ok ? [reply.data.buffer] : [])
    } catch (error) {
      const message = [error instanceof Error ? error.message : String(error), ...said].join('; ')
      parentPort?.postMessage(refused(message))
      // A panic leaves the memory of a WebAssembly decoder in no state to be used again.
      if (request.kind === 'jxl') jxlOxide = null
    }
  })()
})
