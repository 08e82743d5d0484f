import type { BackendDescription, Provider } from '../../../shared/contract/models.ts'
import type { ScanProgress } from '../../../shared/contract/scan.ts'
import { formatCount, formatDuration, formatPercent, formatSpan, photos } from './format.ts'

export const providerNames: Record<Provider, string> = {
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
  directml: 'DirectML',
  coreml: 'Core ML',
  webgpu: 'WebGPU',
  cpu: 'CPU',
}

const phaseWords: Record<ScanProgress['phase'], string> = {
  listing: 'Looking for photos',
  analysing: 'Reading photos',
  matching: 'Comparing photos',
  paused: 'Paused',
  finished: 'Scan finished',
  cancelled: 'Scan cancelled',
  failed: 'Scan failed',
}

export function phaseTitle(scan: ScanProgress): string {
  return phaseWords[scan.phase]
}

const serverNames = { pytorch: 'PyTorch', triton: 'Triton' } as const

/** What computes, by name: an execution provider of this computer, or a kind of server. */
export function backendName(backend: BackendDescription): string {
  return backend.kind === 'local' ? providerNames[backend.provider] : serverNames[backend.kind]
}

/** Where it computes: this computer's device, or the server that is asked first. */
export function backendPlace(backend: BackendDescription): string {
  return backend.kind === 'local' ? backend.device : `${backend.addresses[0] ?? ''} (${backend.device})`
}

/** "WebGPU · NVIDIA GeForce …", what really runs. */
export function backendLabel(backend: BackendDescription): string {
  return `${backendName(backend)} · ${backendPlace(backend)}`
}

/** How far a scan is: done of total; total null while files are still being found. */
export function scanShare(scan: ScanProgress): { done: number; total: number | null } {
  if (scan.phase === 'listing') return { done: 0, total: null }
  if (scan.phase === 'finished') return { done: 1, total: 1 }
  // Reading, describing and comparing each have a part in the whole; a re-used photo needs only the last.
  const total = scan.found * 3
  const readable = Math.max(0, scan.read - scan.unreadable)
  const described = Math.min(readable, scan.embedded + scan.reused) + scan.unreadable
  return { done: scan.read + described + Math.min(scan.found, scan.matched + scan.unreadable), total }
}

export function timeLeft(scan: ScanProgress): string | null {
  if (scan.secondsLeft === null || !['analysing', 'matching', 'listing'].includes(scan.phase)) return null
  return `${formatSpan(scan.secondsLeft)} left`
}

/** What a screen reader says about a scan; changes only every tenth, so that it is no chatter. */
export function scanAnnouncement(scan: ScanProgress | null): string {
  if (scan === null) return ''
  const title = phaseTitle(scan)
  if (scan.phase === 'finished') {
    return `${title}: ${photos(scan.stats.photos)}, ${formatCount(scan.groups)} groups, ${formatDuration(scan.stats.seconds)}.`
  }
  const { done, total } = scanShare(scan)
  if (total === null || total === 0) return title
  return `${title}, ${formatPercent(Math.floor((done / total) * 10), 10)}`
}
