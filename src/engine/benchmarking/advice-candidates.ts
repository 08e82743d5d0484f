import { sectionOf, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import type { Interval, PipelineMeasure } from '../../shared/contract/benchmark-measures.ts'
import { bestPoint, operatingPoints, wayTitle, type OperatingPoint } from './cost-operating-points.ts'
import { pricePerHourOf } from './cost.ts'

/** Fewer requests behind a throughput carry no advice. */
const fewestRequests = 30
/** A wider interval (of the value) carries none either. */
const widestInterval = 0.5

/** A backend that advice may be given on. */
export interface Candidate {
  column: number
  result: BenchmarkResult
  /** `Triton gRPC UINT8 at 32 in flight`. */
  name: string
  point: OperatingPoint
  /** Photos per second for a library, with the interval: from file where the pipeline was measured, else embedding alone. */
  rate: { value: number; interval: Interval; fromFile: boolean }
  pricePerHour: number | null
  confidence: 'high' | 'medium' | 'low'
}

/** Why a result carries no advice. */
export interface Unfit {
  column: number
  reason: string
}

/** Whether a result carries advice at all, and for which way of working. */
export function candidateOf(result: BenchmarkResult, column: number, p95LimitMs: number | null): Candidate | Unfit {
  const unfit = (reason: string): Unfit => ({ column, reason: `${result.label}: ${reason}` })
  if (result.source !== undefined)
    return unfit('the figures were measured elsewhere, so they say nothing of this computer.')
  const { parity, pipeline } = sectionOf(result)
  const verdict = parity?.verdict ?? (result.backend === 'local' ? 'equal' : 'not-compared')
  if (verdict === 'different-model') return unfit(`it computes something else. ${parity?.reason ?? ''}`.trim())
  if (verdict === 'not-compared')
    return unfit(`${parity?.reason ?? 'parity was not checked.'} So it may compute something else.`)
  const point = bestPoint(result, p95LimitMs)
  if (point === null) return unfit(whyNoPoint(result, p95LimitMs))
  if (point.count < fewestRequests)
    return unfit(`only ${point.count} requests were measured, and ${fewestRequests} are the fewest that carry advice.`)
  if (point.interval === null) return unfit('the spread of its throughput is not known.')
  if (point.interval === null) return unfit('the spread of its throughput is not known.')
  const rate = rateOf(pipeline, { value: point.imagesPerSecond, interval: point.interval })
  if (rate === null) return unfit('how far its time from file to vector may vary is not known.')
  const width = Math.max(widthOf(rate), widthOf({ value: point.imagesPerSecond, interval: point.interval }))
  if (width > widestInterval) return unfit('its throughput varied too much to say anything.')
  const way =
    (rate.fromFile ? null : point.way) ?? wayTitle(result.backend, result.config.transport, result.config.format)
  const name = `${result.backend === 'local' ? 'This computer' : way} ${workWords(rate.fromFile ? pipeline : undefined, point)}`
  const confidence = confidenceOf(width, point.count, verdict === 'usable', rate.fromFile)
  return { column, result, name, point, rate, pricePerHour: pricePerHourOf(result), confidence }
}

/** Where the whole way was measured, that is what a library takes, known spread or not: embedding alone would promise too much. */
function rateOf(
  pipeline: PipelineMeasure | undefined,
  alone: { value: number; interval: Interval },
): Candidate['rate'] | null {
  if (pipeline === undefined || pipeline.unstable !== undefined) return { ...alone, fromFile: false }
  const interval = pipeline.intervals?.['images_per_s']
  return interval === undefined ? null : { value: pipeline.images_per_s, interval, fromFile: true }
}

/** `at 32 in flight`, `in batches of 8, 4 in flight`. */
function workWords(pipeline: PipelineMeasure | undefined, point: OperatingPoint): string {
  if (pipeline?.batch_size !== undefined && pipeline.concurrency !== undefined)
    return `in batches of ${pipeline.batch_size}, ${pipeline.concurrency} in flight`
  return `${point.title.startsWith('batches') ? 'in' : 'at'} ${point.title}`.replace(
    'at one at a time',
    'one at a time',
  )
}

export function isCandidate(found: Candidate | Unfit): found is Candidate {
  return 'point' in found
}

function widthOf({ value, interval }: { value: number; interval: Interval }): number {
  return (interval[1] - interval[0]) / value
}

function whyNoPoint(result: BenchmarkResult, p95LimitMs: number | null): string {
  const points = operatingPoints(result)
  if (points.length === 0) return 'no throughput was measured.'
  const doubts = points.flatMap(({ doubt }) => doubt ?? [])
  if (doubts.length === points.length) return `no measured throughput can be relied on. ${doubts[0] ?? ''}`.trim()
  return `no measured way of working keeps 95 % of the requests under ${p95LimitMs ?? 0} ms.`
}

/**
 * High: interval within 10 %, 200 requests or more, and measured from file; medium: within 25 %; low: the rest. An input that only
 * comes close to the reference (parity `usable`) is never high.
 */
function confidenceOf(width: number, count: number, onlyUsable: boolean, fromFile: boolean): Candidate['confidence'] {
  if (width <= 0.1 && count >= 200 && fromFile && !onlyUsable) return 'high'
  return width <= 0.25 && count >= 100 ? 'medium' : 'low'
}
