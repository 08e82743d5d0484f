import type { TwinlensError } from '../../../shared/errors.ts'

export interface BackOff {
  /** Longest wait before the second attempt. */
  firstMs: number
  /** Longest wait of all. */
  capMs: number
}

/** Between attempts of one request. */
export const requestBackOff: BackOff = { firstMs: 100, capMs: 5000 }
/** Between questions whether a server is back. */
export const probeBackOff: BackOff = { firstMs: 250, capMs: 15_000 }

/**
 * Exponential back-off with full jitter: evenly spread between 0 and first × 2^attempt, at most the cap, so that many requests which
 * failed together do not come back together (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015).
 *
 * @param attempt failures so far, less one
 * @param random 0 ≤ value < 1
 */
export function retryDelayMs({ firstMs, capMs }: BackOff, attempt: number, random = Math.random()): number {
  return random * Math.min(capMs, firstMs * 2 ** attempt)
}

/** The same, never below half of its range: a server that is down is not to be asked twice in a row by chance. */
export function probeDelayMs(backOff: BackOff, attempt: number, random = Math.random()): number {
  return retryDelayMs(backOff, attempt, 0.5 + random / 2)
}

/** Kept as the cause of an error whose reply said when to come back. */
class RetryAfter extends Error {
  readonly waitMs: number

  constructor(waitMs: number) {
    super(`Asked to wait ${waitMs} ms.`)
    this.waitMs = waitMs
  }
}

/** A server that asks for more than this is left alone until then; others, or this computer, do its work meanwhile. */
export const longRetryAfterMs = 5000
/** A header that says more is taken as a mistake. */
const longestRetryAfterMs = 24 * 60 * 60 * 1000

/**
 * Reads a Retry-After header: seconds, or a date (RFC 9110, section 10.2.3).
 *
 * @returns null where there is none, or it can't be read
 */
export function readRetryAfter(header: string | undefined, nowMs = Date.now()): RetryAfter | null {
  if (header === undefined) return null
  const text = header.trim()
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isFinite(waitMs) ? new RetryAfter(Math.min(longestRetryAfterMs, Math.max(0, waitMs))) : null
}

/** Its wait in words: `90 seconds`, `5 minutes`, `3 hours`; null where it is not worth saying. */
export function waitWords({ waitMs }: RetryAfter): string | null {
  const seconds = Math.ceil(waitMs / 1000)
  if (seconds < 2) return null
  if (seconds < 120) return `${seconds} seconds`
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3600)} hours`
}

/** What the server asked for, milliseconds; 0 where it did not. */
export function retryAfterMsOf(error: Error): number {
  return error.cause instanceof RetryAfter ? error.cause.waitMs : 0
}

/** Failures at a server that works, after which the pictures are suspected; connections fail for other reasons too. */
export function patienceWith({ code }: TwinlensError): number | 'endless' | 'none' {
  switch (code) {
    case 'server-busy':
    case 'server-not-ready':
    case 'not-authorised':
      return 'endless'
    case 'server-unreachable':
    case 'server-timeout':
      return 8
    case 'server-failed':
    case 'server-nonsense':
      return 3
    case 'server-refused':
      return 1
    default:
      return 'none'
  }
}
