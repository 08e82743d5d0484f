import type { BackendDescription } from '../../shared/contract/models.ts'
import type { ScanProgress } from '../../shared/contract/scan.ts'

const barWidth = 24

/** 12,345. Intl's formatter takes as long to make as a hundred photos to hash. */
function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** One line; in an outage why it waits, instead of guesses at the time left. */
function progressLine(progress: ScanProgress): string {
  const share = progress.found > 0 ? progress.read / progress.found : 0
  const filled = Math.round(share * barWidth)
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`
  const counts = `${thousands(progress.read)}/${thousands(progress.found)}`
  if (progress.outage !== null) return `waiting   ${counts} · ${progress.outage.reason}`
  const parts = [
    `${progress.phase.padEnd(9)} ${bar} ${counts}`,
    `embedded ${thousands(progress.embedded)}`,
    `${progress.imagesPerSecond.toFixed(0)} images/s`,
    progress.secondsLeft === null ? '' : `${span(progress.secondsLeft)} left`,
    progress.backend === null ? '' : placeOf(progress.backend),
  ]
  return parts.filter(Boolean).join(' · ')
}

/** "3–4 min", "20–25 s". */
export function span({ low, high }: { low: number; high: number }): string {
  const minutes = high >= 90
  const [from, to] = [low, high].map((seconds) => Math.max(1, Math.ceil(minutes ? seconds / 60 : seconds)))
  const unit = minutes ? 'min' : 's'
  return from === to ? `${to} ${unit}` : `${from}–${to} ${unit}`
}

/**
 * Draws the line in place on a terminal; on anything else prints a line every ten seconds. The beginning and the end of an
 * outage are told at once, in full.
 */
export function progressPrinter(stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>): {
  show(progress: ScanProgress): void
  end(): void
} {
  let shownMs = -Infinity
  let waiting = false
  const tell = (line: string): void => void stream.write(stream.isTTY ? `\r\u001b[K${line}\n` : `${line}\n`)
  return {
    show(progress) {
      const { outage, phase } = progress
      const isOver = phase === 'failed' || phase === 'cancelled'
      if (!isOver && (outage !== null) !== waiting) {
        waiting = outage !== null
        tell(
          outage === null
            ? 'Going on.'
            : `Waiting: ${outage.reason} What was finished is kept; the scan goes on by itself, Ctrl-C stops it.`,
        )
      }
      const now = performance.now()
      if (now - shownMs < (stream.isTTY ? 100 : 10_000)) return
      shownMs = now
      const line = progressLine(progress)
      stream.write(stream.isTTY ? `\r\u001b[K${line.slice(0, (stream.columns || 100) - 1)}` : `${line}\n`)
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
