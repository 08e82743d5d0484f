import { z } from 'zod'
import type { CallMap } from './call-map.ts'

// Apart from the page's calls: the main process loads these alone before it opens its window.

/** What the main process may ask of the engine. */
export const hostCalls = {
  /** The person chose this path in a dialog, or dropped it: the page may use it once, by the id returned. */
  'host.grantPath': {
    params: z.object({
      path: z.string(),
      purpose: z.enum(['add-folder', 'move-to', 'import-model', 'import-benchmark', 'export']),
    }),
    result: z.object({ grant: z.string() }),
  },
  'host.addFolders': {
    params: z.object({ paths: z.array(z.string()) }),
    result: z.object({ folderIds: z.array(z.number()) }),
  },
  /** Cached thumbnail of a catalogued photo, or null. */
  'host.thumbnail': {
    params: z.object({ photoId: z.number().int() }),
    result: z
      .object({ bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array), type: z.string() })
      .nullable(),
  },
  /** The photo itself, oriented and in sRGB, at most `maxSide` pixels wide and high, as JPEG; null when it is not catalogued. */
  'host.picture': {
    params: z.object({ photoId: z.number().int(), maxSide: z.number().int().min(64).max(8192) }),
    result: z
      .object({ bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array), type: z.string() })
      .nullable(),
  },
  /** The path to show in the system's file manager; null when the photo is not catalogued. */
  'host.pathOf': { params: z.object({ photoId: z.number().int() }), result: z.object({ path: z.string() }).nullable() },
} as const satisfies CallMap

/** What the engine may ask of the main process. */
export const hostServices = {
  /** The system's trash, through the shell. Throws `trash-unavailable`. */
  'shell.trash': { params: z.object({ path: z.string() }), result: z.null() },
  /**
   * Encrypts with the system's keychain (Electron's safeStorage); base64 of the sealed bytes, null where the system has no
   * keychain: the secret is then kept for this session only.
   */
  'secrets.seal': { params: z.object({ text: z.string() }), result: z.object({ sealed: z.string().nullable() }) },
  /** Null when it cannot be opened (another user, another machine). */
  'secrets.open': { params: z.object({ sealed: z.string() }), result: z.object({ text: z.string().nullable() }) },
} as const satisfies CallMap
