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
    progress.backend === null ? '' : `${progress.backend.provider} (${progress.backend.device})`,
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
