import type { BenchmarkBackend } from '../../shared/contract/benchmark.ts'

/** `NVIDIA GeForce RTX 4080` → `RTX-4080`: letters, digits and dots, joined by hyphens, so that `_` parts the name. */
function fileNamePart(gpu: string): string {
  const short = gpu.replace(/\b(NVIDIA|GeForce|AMD|Intel\(R\)|Corporation)\b\s*/gi, '')
  const part = short
    .replaceAll(/[^A-Za-z0-9.]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, 40)
  return part === '' ? 'unknown' : part
}

/**
 * `<backend>_<GPU>_<YYYYMMDD_HHMMSS>.json`, the documented rule.
 * @param timestamp ISO 8601; its digits are used as they stand, whatever its zone
 */
export function resultFileName(backend: BenchmarkBackend, gpu: string, timestamp: string): string {
  const digits = timestamp.replaceAll(/\D/g, '').padEnd(14, '0')
  return `${backend}_${fileNamePart(gpu)}_${digits.slice(0, 8)}_${digits.slice(8, 14)}.json`
}

/** What a file's name tells where its content does not; null when it does not follow the rule. */
export function readFileName(name: string): { backend: BenchmarkBackend; gpu: string; timestamp: string } | null {
  const found = /^(pytorch|triton|local)_(.+)_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)(?:_\d+)?\.json$/.exec(name)
  if (found === null) return null
  const [, backend, gpu = '', year, month, day, hour, minute, second] = found
  return {
    backend: backend as BenchmarkBackend,
    gpu: gpu.replaceAll(/[-_]/g, ' '),
    timestamp: `${year}-${month}-${day}T${hour}:${minute}:${second}`,
  }
}
