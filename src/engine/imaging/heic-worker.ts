import { parentPort } from 'node:worker_threads'
import { format } from 'node:util'
import { decodeBmp, readBmpHeader } from './bmp.ts'
import type { DecodeReply, DecodeRequest } from './heic-messages.ts'

/**
 * Decoders that would block their thread: libheif in WebAssembly (HEIC) and our BMP reader. One request at a time; the
 * sizes are checked before any pixel is made.
 */
/** libheif's JavaScript tells its reasons to the console only; they say whether a file is cut short. */
const said: string[] = []
console.log = console.warn = console.error = (...parts: unknown[]): void => void said.push(format(...parts))
const { default: heicDecode } = await import('heic-decode')

async function decodeHeic({ bytes, page, maxPixels }: DecodeRequest): Promise<DecodeReply> {
  const images = await heicDecode.all({ buffer: bytes })
  try {
    const image = images[page] ?? images[0]
    if (image === undefined) return { ok: false, tooLarge: null, message: 'no picture inside' }
    const { width, height } = image
    if (width * height > maxPixels) return { ok: false, tooLarge: { width, height }, message: 'too many pixels' }
    const { data } = await image.decode()
    return { ok: true, width, height, channels: 4, data: new Uint8Array(data.buffer), share: 1 }
  } finally {
    images.dispose()
  }
}

function decodeBitmap({ bytes, maxPixels }: DecodeRequest): DecodeReply {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { width, height } = readBmpHeader(file)
  if (width < 1 || height < 1) return { ok: false, tooLarge: null, message: `a size of ${width} × ${height}` }
  if (width * height > maxPixels) return { ok: false, tooLarge: { width, height }, message: 'too many pixels' }
  const { data, share } = decodeBmp(file)
  return { ok: true, width, height, channels: 3, data: new Uint8Array(data.buffer as ArrayBuffer), share }
}

parentPort?.on('message', (request: DecodeRequest) => {
  void (async () => {
    said.length = 0
    try {
      const reply = request.kind === 'heic' ? await decodeHeic(request) : decodeBitmap(request)
      parentPort?.postMessage(reply, reply.ok ? [reply.data.buffer] : [])
    } catch (error) {
      const message = [error instanceof Error ? error.message : String(error), ...said].join('; ')
      parentPort?.postMessage({ ok: false, tooLarge: null, message } satisfies DecodeReply)
    }
  })()
})
