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
  matched = 0
  readonly startedMs: number
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
      photosPerSecond: workingSeconds > 0 ? this.photos / workingSeconds : 0,
      read: this.read,
      decoded: this.decoded,
      embedded: this.embedded,
      reused: this.reused,
      passedOver: this.passedOver,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    }
  }
}
