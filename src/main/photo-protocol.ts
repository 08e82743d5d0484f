import type { Protocol } from 'electron'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { pageOrigin } from './page-address.ts'
import { parsePhotoUrl, type PhotoRequest } from './photo-request.ts'

/** Long enough to scroll back and forth without asking again, short enough for a photo that was edited meanwhile. */
const cacheSeconds = 300

type CallEngine = EngineSupervisor['call']

const askEngine = (call: CallEngine, wanted: PhotoRequest) =>
  wanted.kind === 'thumbnail'
    ? call('host.thumbnail', { photoId: wanted.photoId })
    : call('host.picture', { photoId: wanted.photoId, maxSide: wanted.maxSide })

/**
 * Serves catalogued photos by id, and nothing else. Whatever cannot be shown, for whatever reason, is a 404: the page learns
 * nothing about files from it.
 */
export function servePhotos(protocol: Protocol, call: CallEngine): void {
  protocol.handle('photo', async (request) => {
    const wanted = request.method === 'GET' ? parsePhotoUrl(request.url) : null
    const picture = wanted === null ? null : await askEngine(call, wanted).catch(() => null)
    if (picture === null || !/^image\/[a-z]+$/.test(picture.type)) return new Response(null, { status: 404 })
    return new Response(Buffer.from(picture.bytes), {
      headers: {
        'Content-Type': picture.type,
        'X-Content-Type-Options': 'nosniff',
        'Cache-Control': `private, max-age=${cacheSeconds}`,
        // The difference view reads pixels.
        'Access-Control-Allow-Origin': pageOrigin,
      },
    })
  })
}
