import type { Job } from './embed-call.ts'

/** Pictures after which a check is due: one picture more in 64 sent. */
export const picturesToCheck = 64
/** Longest that an answer waits for a check to be due, where pictures come slowly. */
const longestWaitMs = 3000
/** A server without work is checked after this, so that the end of a scan does not wait. */
const idleMs = 100

/** An answered batch that is not handed on yet. */
export interface HeldReply {
  job: Job
  vectors: Float32Array
}

/**
 * [Note: Vectors wait for a check]
 * A server can exchange its model while it goes on answering, without a connection being cut. So what it answers is kept here until
 * its sample, asked for afterwards, has come back as it was when the server was identified. When it has not, all that came after the
 * last good check is dropped and its pictures are embedded again elsewhere, or not at all: no vector of another space reaches
 * the catalog, whenever the exchange was and whatever is killed meanwhile. What this can't see is a server that exchanges its
 * model and takes the old one back between two checks, or one address with unequal machines behind it.
 */
export class HeldReplies {
  private readonly check: () => void
  private held: (HeldReply & { sinceMs: number })[] = []
  private timer: NodeJS.Timeout | undefined

  /** @param check called when one is due; never from within `add` */
  constructor(check: () => void) {
    this.check = check
  }

  /** @param isIdle nothing else is under way at this server */
  add(reply: HeldReply, nowMs: number, isIdle: boolean): void {
    this.held.push({ ...reply, sinceMs: nowMs })
    this.schedule(nowMs, isIdle)
  }

  /** Asks for a check in due time, where anything waits for it. */
  schedule(nowMs: number, isIdle: boolean, atLeastMs = 0): void {
    clearTimeout(this.timer)
    const [oldest] = this.held
    if (oldest === undefined) return
    const pictures = this.held.reduce((sum, { job }) => sum + job.pictures.length, 0)
    const dueMs = pictures >= picturesToCheck ? 0 : Math.max(0, oldest.sinceMs + longestWaitMs - nowMs)
    this.timer = setTimeout(this.check, Math.max(atLeastMs, isIdle ? Math.min(dueMs, idleMs) : dueMs))
  }

  /** What came before a check was begun, in order; it is no longer held. */
  take(beforeMs = Infinity): HeldReply[] {
    const taken = this.held.filter(({ sinceMs }) => sinceMs <= beforeMs)
    this.held = this.held.filter(({ sinceMs }) => sinceMs > beforeMs)
    return taken
  }

  close(): void {
    clearTimeout(this.timer)
  }
}
