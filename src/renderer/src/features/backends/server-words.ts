import type {
  Exposure,
  GpuInfo,
  InputFormat,
  OfferTrial,
  ParityVerdict,
  ServerKind,
  ServerReport,
} from '../../../../shared/contract/servers.ts'
import { formatBytes, formatRate } from '../../lib/format.ts'
import { formatMilliseconds } from './figures.ts'

export const kindNames: Record<ServerKind, string> = { pytorch: 'PyTorch', triton: 'Triton' }

/** How a photo travels, in a few words. */
export const formatNames: Record<InputFormat, string> = {
  'json-fp32': 'FP32 as JSON text',
  fp32: 'FP32',
  fp16: 'FP16',
  uint8: 'UINT8',
  jpeg: 'JPEG',
  'base64-jpeg': 'JPEG in JSON',
  'base64-png': 'PNG in JSON',
  'multipart-jpeg': 'JPEG in a form',
  'multipart-png': 'PNG in a form',
}

export const verdictWords: Record<ParityVerdict, { badge: string; look: 'accent' | 'warn' | 'plain' }> = {
  equal: { badge: 'equal', look: 'accent' },
  usable: { badge: 'usable, differs', look: 'warn' },
  'different-model': { badge: 'another model', look: 'warn' },
  'not-compared': { badge: 'not compared', look: 'plain' },
}

export const exposureWords: Record<Exposure, string> = {
  'this-machine': 'Photos stay on this computer.',
  'private-network': 'Photos stay in your own network; they travel unencrypted there.',
  encrypted: 'Photos leave this computer encrypted.',
  unencrypted: 'Photos would leave this computer unencrypted, readable on the way.',
}

export function gpuWords(gpu: GpuInfo): string {
  const parts = [gpu.name]
  if (gpu.memoryBytes !== null) {
    const used = gpu.memoryUsedBytes === null ? '' : `${formatBytes(gpu.memoryUsedBytes)} of `
    parts.push(`${used}${formatBytes(gpu.memoryBytes)}`)
  }
  return parts.join(', ')
}

/** What a server told, as facts for one line; empty while it was not asked. */
export function reportFacts(report: ServerReport): string[] {
  if (!report.reachable) return []
  const facts: string[] = []
  if (report.roundTripMs !== null) facts.push(`${formatMilliseconds(report.roundTripMs)} away`)
  facts.push(report.ready ? 'ready' : 'not ready')
  if (report.server !== null) facts.push([report.server.name, report.server.version ?? ''].join(' ').trim())
  facts.push(report.device === 'not told' ? 'device not told' : report.device)
  return [...facts, ...report.gpus.map(gpuWords)]
}

export function trialWords(trial: OfferTrial): string {
  const { offer } = trial
  return `${offer.transport === 'grpc' ? 'gRPC' : 'HTTP'} · ${formatNames[offer.format]} · ${offer.model}`
}

export function trialSpeed(trial: OfferTrial): string {
  return trial.imagesPerSecond === null ? '–' : formatRate(trial.imagesPerSecond)
}
