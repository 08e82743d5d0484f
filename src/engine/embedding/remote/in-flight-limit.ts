/** One request under way. */
export interface Ticket {
  readonly begunMs: number
}

const startLimit = 4
/** A limit is raised by half while that pays, and tried a quarter lower or higher now and then. */
const growth = 1.5
const lower = 0.75
/** A measured rate has to be this much better to be worth more requests under way, and may be this much worse for fewer. */
const better = 1.05
const asGood = 0.97
/** Shorter ones say more of the moment than of the server. */
const shortestWindowMs = 150
const holdWindows = 8
const mostHoldWindows = 64

interface Measured {
  limit: number
  /** Pictures per millisecond; 0: not measured yet. */
  rate: number
  latencyMs: number
}

/**
 * [Note: How many requests are under way]
 * A server that batches across requests answers later and yet more per second as more are under way, so latency alone is no
 * guide. What is climbed is throughput: it is measured over windows in which the limit was really used; the limit grows by half
 * while that brings 5 % more, and goes back to the best one when it does not. There it stays for some windows, then a lower and
 * a higher limit are tried in turn; a lower one that does as well is kept, since it makes the waits shorter. An answer that
 * says "no room" halves it at once; answers that come later while fewer of them come take a quarter off.
 *
 * Times are handed in, milliseconds of one clock that does not go back.
 */
export class InFlightLimit {
  private readonly most: number
  private current: number
  private underWay = 0
  private phase: 'climb' | 'descend' | 'hold' = 'climb'
  private best: Measured | null = null
  private holdLeft = 0
  private holdLength = holdWindows
  private nextTry: 'climb' | 'descend' = 'descend'
  private shrunkMs = -Infinity
  /** Windows at the present limit that did not settle whether it is better; one may have been disturbed. */
  private doubts = 0
  private window = { startMs: 0, toSkip: 0, pictures: 0, requests: 0, full: 0, latencyMs: 0 }

  constructor(most: number, start = startLimit) {
    this.most = Math.max(1, most)
    this.current = Math.min(this.most, Math.max(1, start))
  }

  get limit(): number {
    return this.current
  }

  get inFlight(): number {
    return this.underWay
  }

  get hasRoom(): boolean {
    return this.underWay < this.current
  }

  begin(nowMs: number): Ticket {
    this.underWay++
    return { begunMs: nowMs }
  }

  /** It failed for a reason that says nothing of the load. */
  drop(_ticket: Ticket): void {
    this.underWay--
  }

  /** The server said that it has no room, or let the time run out. Of requests that were under way together the first counts. */
  overloaded({ begunMs }: Ticket, nowMs: number): void {
    this.underWay--
    if (begunMs < this.shrunkMs) return
    this.shrunkMs = nowMs
    this.settleAt({ limit: Math.max(1, Math.floor(this.current / 2)), rate: 0, latencyMs: 0 }, nowMs)
  }

  /** @param pictures computed by this request */
  succeed({ begunMs }: Ticket, pictures: number, nowMs: number): void {
    const wasFull = this.underWay >= this.current
    this.underWay--
    const { window } = this
    if (window.toSkip > 0) {
      window.toSkip--
      window.startMs = nowMs
      return
    }
    window.pictures += pictures
    window.requests++
    window.latencyMs += nowMs - begunMs
    if (wasFull) window.full++
    if (window.requests < windowLength(this.current)) return
    const elapsedMs = nowMs - window.startMs
    if (elapsedMs < shortestWindowMs) return
    if (window.full >= 0.7 * window.requests) {
      const rate = window.pictures / elapsedMs
      this.judge({ limit: this.current, rate, latencyMs: window.latencyMs / window.requests }, nowMs)
    }
    this.openWindow(nowMs, this.window.toSkip)
  }

  private judge(now: Measured, nowMs: number): void {
    const { best } = this
    if (best === null || best.rate === 0) return this.accept(now, nowMs)
    if (this.phase === 'climb') {
      if (now.rate >= better * best.rate) return this.accept(now, nowMs)
      this.doubts++
      return this.doubts < 2 ? undefined : this.giveUp(best, nowMs)
    }
    if (this.phase === 'descend') {
      if (now.rate < asGood * best.rate) return this.giveUp(best, nowMs)
      this.doubts++
      return this.doubts < 2 ? undefined : this.settleAt(now, nowMs)
    }
    if (now.rate < 0.8 * best.rate && now.latencyMs > 1.5 * best.latencyMs)
      return this.settleAt({ ...now, limit: Math.max(1, Math.floor(this.current * lower)) }, nowMs)
    best.rate += 0.3 * (now.rate - best.rate)
    best.latencyMs += 0.3 * (now.latencyMs - best.latencyMs)
    if (--this.holdLeft <= 0) this.tryAnother(nowMs)
  }

  /** More was better: more still is tried. */
  private accept(now: Measured, nowMs: number): void {
    this.best = now
    this.holdLength = holdWindows
    if (this.phase === 'hold' || this.current >= this.most) return this.settleAt(now, nowMs)
    this.phase = 'climb'
    this.change(Math.min(this.most, Math.ceil(this.current * growth)), nowMs)
  }

  private giveUp(best: Measured, nowMs: number): void {
    this.holdLength = Math.min(mostHoldWindows, this.holdLength * 2)
    this.settleAt(best, nowMs)
  }

  private settleAt(at: Measured, nowMs: number): void {
    this.best = at
    this.phase = 'hold'
    this.holdLeft = this.holdLength
    this.change(at.limit, nowMs)
  }

  private tryAnother(nowMs: number): void {
    this.phase = this.nextTry
    this.nextTry = this.nextTry === 'climb' ? 'descend' : 'climb'
    const wanted = this.phase === 'climb' ? Math.ceil(this.current * 1.25) : Math.floor(this.current * lower)
    const limit = Math.min(this.most, Math.max(1, wanted))
    if (limit === this.current) {
      this.phase = 'hold'
      this.holdLeft = this.holdLength
    } else this.change(limit, nowMs)
  }

  /** What was begun under another limit does not tell of the new one. */
  private change(limit: number, nowMs: number): void {
    this.doubts = 0
    const toSkip = limit === this.current ? 0 : this.underWay
    this.current = limit
    this.openWindow(nowMs, toSkip)
  }

  private openWindow(nowMs: number, toSkip: number): void {
    this.window = { startMs: nowMs, toSkip, pictures: 0, requests: 0, full: 0, latencyMs: 0 }
  }
}

/** Whole rounds: servers answer in batches, and half a round would look twice as fast or as slow. */
function windowLength(limit: number): number {
  return Math.ceil(Math.max(6, 2 * limit) / limit) * limit
}
