import { z } from 'zod'

/**
 * Every reason Twinlens gives, as a closed set. Callers branch on codes, never on message text.
 * The first block can be said of a single file; it is listed in a scan's result and never ends the scan.
 */
export const unreadableCodes = [
  'truncated',
  'not-an-image',
  'unsupported-format',
  'empty',
  'too-large',
  'permission-denied',
  'vanished',
  'changed-while-reading',
  'name-too-long',
  'read-error',
  'decode-error',
  'decode-timeout',
  'decoder-crashed',
  /** Shown and compared by content and looks; the backend took other photos and not this one. */
  'not-embedded',
] as const

/** What can be wrong with a server or with the way to it. */
export const serverCodes = [
  'server-unreachable',
  'server-not-ready',
  'server-busy',
  'server-refused',
  'server-failed',
  'server-nonsense',
  'server-timeout',
  'not-authorised',
  'parity-failed',
] as const

export const errorCodes = [
  ...unreadableCodes,
  'invalid-request',
  'not-found',
  'busy',
  'cancelled',
  'catalog-in-use',
  'catalog-damaged',
  'catalog-newer',
  'model-missing',
  'model-corrupt',
  'provider-unusable',
  'backend-unusable',
  'offline',
  ...serverCodes,
  'download-failed',
  'last-copy',
  'changed-since-scan',
  'trash-unavailable',
  'destination-unusable',
  'move-failed',
  'would-overwrite',
  'not-in-trash',
  'engine-lost',
  'internal',
] as const

export const UnreadableCode = z.enum(unreadableCodes)
export type UnreadableCode = z.infer<typeof UnreadableCode>
export const ErrorCode = z.enum(errorCodes)
export type ErrorCode = z.infer<typeof ErrorCode>

/** The one error class. `message` is written for the person: what happened, to which file or server, what to do. */
export class TwinlensError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'TwinlensError'
    this.code = code
  }
}

/** Whether a thrown value says "stopped on purpose", whoever threw it. */
export function isCancellation(error: unknown): boolean {
  if (error instanceof TwinlensError) return error.code === 'cancelled'
  return error instanceof Error && error.name === 'AbortError'
}

/** Throws `cancelled` when the signal has been raised. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new TwinlensError('cancelled', 'Stopped on request.', { cause: signal.reason })
}

/** Any thrown value as a TwinlensError; unknown ones become `internal` with the cause kept. */
export function asTwinlensError(error: unknown): TwinlensError {
  if (error instanceof TwinlensError) return error
  if (isCancellation(error)) return new TwinlensError('cancelled', 'Stopped on request.', { cause: error })
  const message = error instanceof Error ? error.message : String(error)
  return new TwinlensError('internal', message, { cause: error })
}
