import type { BackendDescription } from '../../shared/contract/models.ts'
import type { ScanProgress } from '../../shared/contract/scan.ts'

const barWidth = 24

/** One line for a terminal of `columns` characters. */
export function progressLine(progress: ScanProgress, columns: number): string {
  const numbers = new Intl.NumberFormat('en')
  const share = progress.found > 0 ? progress.read / progress.found : 0
  const filled = Math.round(share * barWidth)
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`
  const parts = [
    `${progress.phase.padEnd(9)} ${bar} ${numbers.format(progress.read)}/${numbers.format(progress.found)}`,
    `embedded ${numbers.format(progress.embedded)}`,
    `${progress.imagesPerSecond.toFixed(0)} images/s`,
    progress.secondsLeft === null ? '' : `${span(progress.secondsLeft)} left`,
    progress.outage === null ? '' : `waiting: ${progress.outage.reason}`,
    progress.backend === null ? '' : placeOf(progress.backend),
  ]
  return parts.filter(Boolean).join(' · ').slice(0, columns)
}

/** "3–4 min", "20–25 s". */
export function span({ low, high }: { low: number; high: number }): string {
  const minutes = high >= 90
  const [from, to] = [low, high].map((seconds) => Math.max(1, Math.ceil(minutes ? seconds / 60 : seconds)))
  const unit = minutes ? 'min' : 's'
  return from === to ? `${to} ${unit}` : `${from}–${to} ${unit}`
}

/** Draws the line in place on a terminal; on anything else prints a line every ten seconds. */
export function progressPrinter(stream: NodeJS.WriteStream): { show(progress: ScanProgress): void; end(): void } {
  let shownMs = -Infinity
  return {
    show(progress) {
      const now = performance.now()
      if (now - shownMs < (stream.isTTY ? 100 : 10_000)) return
      shownMs = now
      const line = progressLine(progress, (stream.columns || 100) - 1)
      stream.write(stream.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
    },
    end() {
      if (stream.isTTY) stream.write('\r\u001b[K')
    },
  }
}

function placeOf(backend: BackendDescription): string {
  if (backend.kind === 'local') return `${backend.provider} (${backend.device})`
  return `${backend.kind} ${backend.addresses[0] ?? ''} (${backend.device})`
}

/** "openclip_vit_b32 on triton, http://10.0.0.5:8003 over http as uint8 (cuda), vectors equal to the local ones". */
export function describeBackend(backend: BackendDescription): string {
  if (backend.kind === 'local') return `${backend.model} on ${backend.provider}, ${backend.device}`
  const { model, kind, addresses, transport, format, device, verdict } = backend
  const words = {
    equal: 'equal to the local model',
    usable: 'usable, differs a little',
    'different-model': 'another model than the local one',
    'not-compared': 'not compared with a local model',
  }
  return `${model} on ${kind}, ${addresses.join(', ')} over ${transport} as ${format} (${device}), ${words[verdict]}`
}
