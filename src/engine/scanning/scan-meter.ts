import type { ScanStats } from '../../shared/contract/scan.ts'

/** Seconds of work before a remaining time is worth showing, and photos that must have been worked on by then. */
const settleSeconds = 4
const settlePhotos = 24

/** Counts what a scan does and foresees what is left. Reused photos cost nothing and are left out of the rate. */
export class ScanMeter {
  found = 0
  passedOver = 0
  done = 0
  photos = 0
  bytes = 0
  reused = 0
  unreadable = 0
  read = 0
  decoded = 0
  embedded = 0
  framesEmbedded = 0
  matched = 0
  readonly startedMs: number
  readonly #startedCpu = cpuSeconds()
  #match = { seconds: 0, cpuSeconds: 0 }
  #worked = 0
  /** Exponentially weighted seconds a photo, and the moment it was last brought up to date. */
  #rate = 0
  #lastMs: number
  #lastWorked = 0

  constructor(startedMs: number) {
    this.startedMs = startedMs
    this.#lastMs = startedMs
  }

  /** One file has been worked through (not reused). */
  worked(): void {
    this.done++
    this.#worked++
  }

  /** Call about ten times a second while not paused. Returns images/s, smoothed over about ten seconds. */
  rate(nowMs: number): number {
    const seconds = (nowMs - this.#lastMs) / 1000
    if (seconds >= 0.5) {
      const now = (this.#worked - this.#lastWorked) / seconds
      const weight = this.#rate === 0 ? 1 : 1 - Math.exp(-seconds / 10)
      this.#rate += (now - this.#rate) * weight
      this.#lastMs = nowMs
      this.#lastWorked = this.#worked
    }
    return this.#rate
  }

  /** Counts `match` apart. @param workingSeconds of the scan so far, pauses left out */
  async matching(workingSeconds: () => number, match: () => Promise<void>): Promise<void> {
    const before = { seconds: workingSeconds(), cpuSeconds: cpuSeconds() }
    try {
      await match()
    } finally {
      this.#match = { seconds: workingSeconds() - before.seconds, cpuSeconds: cpuSeconds() - before.cpuSeconds }
    }
  }

  /** A pause is not slowness: the rate starts from now. */
  resume(nowMs: number): void {
    this.#lastMs = nowMs
    this.#lastWorked = this.#worked
  }

  /** Expected span of seconds for what has been found; null until it has settled. */
  secondsLeft(workingSeconds: number): { low: number; high: number } | null {
    if (workingSeconds < settleSeconds || this.#worked < settlePhotos || this.#rate <= 0) return null
    const average = this.#worked / workingSeconds
    const remaining = this.found - this.done
    const estimates = [remaining / this.#rate, remaining / average]
    return { low: Math.min(...estimates) * 0.95, high: Math.max(...estimates) * 1.05 }
  }

  stats(workingSeconds: number): ScanStats {
    return {
      photos: this.photos,
      bytes: this.bytes,
      unreadable: this.unreadable,
      seconds: workingSeconds,
      matchSeconds: this.#match.seconds,
      cpuSeconds: cpuSeconds() - this.#startedCpu,
      matchCpuSeconds: this.#match.cpuSeconds,
      photosPerSecond: workingSeconds > 0 ? this.photos / workingSeconds : 0,
      read: this.read,
      decoded: this.decoded,
      embedded: this.embedded,
      framesEmbedded: this.framesEmbedded,
      reused: this.reused,
      passedOver: this.passedOver,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    }
  }
}

/** Of this process so far. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
