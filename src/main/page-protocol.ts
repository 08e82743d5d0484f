import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Protocol } from 'electron'

/**
 * What the page may load and do: its own files, photos through `photo://`, nothing from anywhere else. Inline styles set by
 * script (element.style) are not style attributes and stay possible.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' photo: data:",
  "font-src 'self'",
  "connect-src 'self' photo:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

const refused = (status: number): Response => new Response(null, { status })

/** Answers `app://twinlens/…` with the built page's files and nothing else. */
export function servePage(protocol: Protocol, folder: string): void {
  protocol.handle('app', async (request) => {
    const url = new URL(request.url)
    if (request.method !== 'GET' || url.host !== 'twinlens') return refused(404)
    // A plain list of plain names: no dots at the start, no escapes, no way up.
    if (!/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(url.pathname)) return refused(404)
    const file = path.join(folder, ...url.pathname.split('/'))
    const type = types[path.extname(file)]
    if (type === undefined) return refused(404)
    try {
      return new Response(await readFile(file), {
        headers: {
          'Content-Type': type,
          'Content-Security-Policy': contentSecurityPolicy,
          'X-Content-Type-Options': 'nosniff',
          'Cross-Origin-Opener-Policy': 'same-origin',
        },
      })
    } catch {
      return refused(404)
    }
  })
}
