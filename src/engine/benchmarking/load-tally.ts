import { Int32Histogram } from 'hdr-histogram-js'
import { asTwinlensError, type ErrorCode } from '../../shared/errors.ts'
import type { LoadReply } from './load-target.ts'
import { significantDigits } from './statistics.ts'
import type { LoadWindow } from './steady-state.ts'

/** Longest latency that a histogram takes, microseconds: an hour. */
const highestUs = 3_600_000_000

/** Mean of what `count` replies told; a field that none told is null. */
export interface MeanOf {
  count: number
  meanMs: number
}

/** Latencies of one kind, in order of completion. */
export interface LatencyRecord {
  /** Milliseconds. */
  samples: Float64Array
  /** HDR: upper edge of each occupied bucket in milliseconds (3 significant digits), and how many lie in it; ascending. */
  buckets: [number, number][]
}

export interface FailureCount {
  code: ErrorCode
  /** Of the first one. */
  message: string
  count: number
}

/** What came of putting load on a target; plain data, it travels between processes. */
export interface LoadOutcome {
  /** Answered or failed; those cut off by a stop are not in it. */
  requests: number
  successful: number
  /** Pictures in successful requests. */
  images: number
  failures: FailureCount[]
  wallMs: number
  /** Of successful requests: from handing over (open loop: from the intended moment) to checked vectors. */
  latency: LatencyRecord
  /** Open loop only: from the moment of sending, what a tool with coordinated omission would show. */
  service: LatencyRecord | null
  firstByte: MeanOf | null
  parse: MeanOf | null
  server: { decode: MeanOf | null; preprocess: MeanOf | null; queue: MeanOf | null; inference: MeanOf | null }
  requestBytes: number
  responseBytes: number
  /** CPU time of the load generator's process for each request that ended; a local model on the CPU computes in there, too. */
  cpuMsPerRequest: number | null
  /** Share of the time that the generator's thread was busy, 0–1; at 1 it measures itself. */
  busyShare: number
  /** Delay of the generator's event loop beyond its timer, milliseconds: what it may have added itself. */
  loopDelay: { p50Ms: number; p99Ms: number; maxMs: number }
  /** Different request bodies that were sent. */
  distinctRequests: number
  /** Milliseconds spent on making one request, mean; not part of any latency here. */
  encodeMsPerRequest: number
  bytesPerRequest: number
  windows: LoadWindow[]
  /** Only where windows were compared: whether the last three agreed. The figures above are then theirs alone. */
  steady: boolean | null
  /** Open loop only: how late requests left after their intended moment, milliseconds. */
  lateness: { meanMs: number; p99Ms: number; maxMs: number } | null
  /** Latency of each warm-up request, milliseconds; null for one that failed. */
  warmUp: (number | null)[]
  stopped: boolean
}

class Mean {
  #sum = 0
  #count = 0

  add(value: number | null | undefined): void {
    if (value === null || value === undefined) return
    this.#sum += value
    this.#count++
  }

  result(): MeanOf | null {
    return this.#count === 0 ? null : { count: this.#count, meanMs: this.#sum / this.#count }
  }
}

/** Latencies of one kind as they come in: an HDR histogram of whole microseconds, and every one of them. */
export class LatencyLog {
  readonly #histogram = new Int32Histogram(1, highestUs, significantDigits)
  readonly #samples: number[] = []

  record(ms: number): void {
    this.#samples.push(ms)
    this.#histogram.recordValue(Math.min(highestUs, Math.max(1, Math.round(ms * 1000))))
  }

  /** Mean, 99th percentile and highest, milliseconds; null while nothing is recorded. */
  spread(): { meanMs: number; p99Ms: number; maxMs: number } | null {
    if (this.#samples.length === 0) return null
    return {
      meanMs: this.#histogram.mean / 1000,
      p99Ms: this.#histogram.getValueAtPercentile(99) / 1000,
      maxMs: this.#histogram.maxValue / 1000,
    }
  }

  result(): LatencyRecord {
    const counts = new Map<number, number>()
    const histogram = this.#histogram
    for (const ms of this.#samples) {
      const edge = histogram.highestEquivalentValue(Math.min(highestUs, Math.max(1, Math.round(ms * 1000)))) / 1000
      counts.set(edge, (counts.get(edge) ?? 0) + 1)
    }
    return {
      samples: Float64Array.from(this.#samples),
      buckets: [...counts].toSorted(([a], [b]) => a - b),
    }
  }
}

/** Counts what ends, and nothing else: latencies, bytes, failures by code. */
export class LoadTally {
  readonly #latency = new LatencyLog()
  readonly #failures = new Map<ErrorCode, FailureCount>()
  readonly #firstByte = new Mean()
  readonly #parse = new Mean()
  readonly #server = { decode: new Mean(), preprocess: new Mean(), queue: new Mean(), inference: new Mean() }
  successful = 0
  failed = 0
  images = 0
  requestBytes = 0
  responseBytes = 0

  record(latencyMs: number, images: number, reply: LoadReply): void {
    this.successful++
    this.images += images
    this.requestBytes += reply.requestBytes
    this.responseBytes += reply.responseBytes
    this.#latency.record(latencyMs)
    this.#firstByte.add(reply.firstByteMs)
    this.#parse.add(reply.parseMs)
    this.#server.decode.add(reply.server.decodeMs)
    this.#server.preprocess.add(reply.server.preprocessMs)
    this.#server.queue.add(reply.server.queueMs)
    this.#server.inference.add(reply.server.inferenceMs)
  }

  fail(thrown: unknown): void {
    this.failed++
    const { code, message } = asTwinlensError(thrown)
    const known = this.#failures.get(code)
    if (known === undefined) this.#failures.set(code, { code, message, count: 1 })
    else known.count++
  }

  figures(): Pick<
    LoadOutcome,
    | 'requests'
    | 'successful'
    | 'images'
    | 'failures'
    | 'latency'
    | 'firstByte'
    | 'parse'
    | 'server'
    | 'requestBytes'
    | 'responseBytes'
  > {
    const { decode, preprocess, queue, inference } = this.#server
    return {
      requests: this.successful + this.failed,
      successful: this.successful,
      images: this.images,
      failures: [...this.#failures.values()],
      latency: this.#latency.result(),
      firstByte: this.#firstByte.result(),
      parse: this.#parse.result(),
      server: {
        decode: decode.result(),
        preprocess: preprocess.result(),
        queue: queue.result(),
        inference: inference.result(),
      },
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
    }
  }
}
