import { z } from 'zod'
import { ErrorCode, UnreadableCode } from '../errors.ts'
import { BackendDescription } from './models.ts'

/** What to look at. Patterns are globs (picomatch) over the path below its folder; a pattern without `/` matches names. */
export const ScanOptions = z.object({
  include: z.array(z.string()).default([]),
  exclude: z.array(z.string()).default([]),
  minBytes: z.number().int().min(0).default(0),
  hidden: z.boolean().default(false),
  followLinks: z.boolean().default(false),
})
export type ScanOptions = z.infer<typeof ScanOptions>

export const ScanStats = z.object({
  photos: z.number(),
  bytes: z.number(),
  unreadable: z.number(),
  /** Wall seconds, pauses left out. */
  seconds: z.number(),
  /** Of these: comparing what was found, after everything had been read. */
  matchSeconds: z.number(),
  /** Processor time of the engine's process, user and system, all threads; and the part of it that comparing took. */
  cpuSeconds: z.number(),
  matchCpuSeconds: z.number(),
  photosPerSecond: z.number(),
  /** Files whose bytes were read. */
  read: z.number(),
  /** Pictures decoded. */
  decoded: z.number(),
  embedded: z.number(),
  /** Pictures within flat borders that were embedded beside their photos. */
  framesEmbedded: z.number(),
  /** Photos whose results came from the catalog. */
  reused: z.number(),
  /** Files and links passed over on purpose: not pictures by name and content, hidden, excluded, too small. */
  passedOver: z.number(),
  peakRssBytes: z.number(),
})
export type ScanStats = z.infer<typeof ScanStats>

const counters = {
  found: z.number(),
  /** How many of `found` are done with (read or reused or unreadable). */
  read: z.number(),
  reused: z.number(),
  embedded: z.number(),
  /** Photos compared with the library. */
  matched: z.number(),
  unreadable: z.number(),
  groups: z.number(),
  imagesPerSecond: z.number(),
  /** Expected span; null until it has settled. */
  secondsLeft: z.object({ low: z.number(), high: z.number() }).nullable(),
  backend: BackendDescription.nullable(),
  /** Set while no server answers: decoding goes on within its bounded queue, and the scan resumes by itself. */
  outage: z.object({ sinceMs: z.number(), reason: z.string(), localPossible: z.boolean() }).nullable(),
}

export const ScanProgress = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('listing'), ...counters }),
  z.object({ phase: z.literal('analysing'), ...counters }),
  z.object({ phase: z.literal('matching'), ...counters }),
  z.object({ phase: z.literal('paused'), ...counters }),
  z.object({ phase: z.literal('finished'), ...counters, stats: ScanStats }),
  z.object({ phase: z.literal('cancelled'), ...counters, stats: ScanStats }),
  z.object({ phase: z.literal('failed'), ...counters, code: ErrorCode, message: z.string() }),
])
export type ScanProgress = z.infer<typeof ScanProgress>

export const LibraryFolder = z.object({
  id: z.number().int(),
  /** Display text; never an authority. */
  path: z.string(),
  name: z.string(),
  photos: z.number(),
  bytes: z.number(),
  lastScanMs: z.number().nullable(),
  state: z.enum(['online', 'offline']),
  /** How changes are picked up while the app is open: not, as the system tells them, by a scan every ten minutes, once it is back. */
  watch: z.enum(['off', 'events', 'intervals', 'away']),
})
export type LibraryFolder = z.infer<typeof LibraryFolder>

export const UnreadableFile = z.object({
  id: z.number().int(),
  name: z.string(),
  folder: z.string(),
  code: UnreadableCode,
  message: z.string(),
})
export type UnreadableFile = z.infer<typeof UnreadableFile>

export const LibraryView = z.object({
  folders: z.array(LibraryFolder),
  photos: z.number(),
  bytes: z.number(),
  unreadable: z.number(),
  /** Photos shown although their file is cut short. */
  truncated: z.number(),
  duplicates: z.number(),
  couldFreeBytes: z.number(),
})
export type LibraryView = z.infer<typeof LibraryView>
