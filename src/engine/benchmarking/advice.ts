import { sectionOf, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { type Advice } from '../../shared/contract/benchmark-comparison.ts'
import { candidateOf, isCandidate, type Candidate, type Unfit } from './advice-candidates.ts'
import { bottleneckOf, type Bottleneck } from './advice-bottleneck.ts'
import { countWords, moneyWords, percentWords, spanWords } from './advice-words.ts'
import { operatingPoints } from './cost-operating-points.ts'
import { dollarsPer1000 } from './cost.ts'
import { fairnessOf } from './fairness.ts'
import { excludesOne, ratioOfIntervals } from './statistics-bootstrap.ts'

export interface AdviceOptions {
  libraryPhotos: number | null
  p95LimitMs: number | null
}

/**
 * What the measurements say in plain words: which backend and way of working, what it takes for the library, what limits it, how many
 * requests in flight are worth it. Nothing beyond them: where they carry no advice (unstable, too few, parity not equal, not the
 * same work), the reason is said instead (`silence`).
 */
export function adviseOn(results: readonly BenchmarkResult[], options: AdviceOptions): Advice[] {
  const found = results.map((result, column) => candidateOf(result, column, options.p95LimitMs))
  const candidates = toldApart(found.filter(isCandidate))
  const unfit = found.filter((each): each is Unfit => !isCandidate(each))
  const hindrance = whyNotTogether(candidates)
  // A caution has to say whose it is; silence names it in its reason.
  const named = (advice: Advice): Advice =>
    results.length > 1 ? { ...advice, text: `${results[advice.column ?? 0]?.label}: ${advice.text}` } : advice
  const told = [
    ...(hindrance === null ? choice(candidates, unfit, options) : [silence([hindrance], null)]),
    ...candidates.flatMap(limitAdvice),
    ...candidates.flatMap(flightAdvice),
    ...candidates.flatMap(cautions).map(named),
    ...unfit.map(({ column, reason }) => silence([reason], column)),
  ]
  return told.length > 0 ? told : [silence(['No throughput was measured.'], null)]
}

/** Runs of the same backend in the same way are told apart by when they were. */
function toldApart(candidates: readonly Candidate[]): Candidate[] {
  const count = (name: string): number => candidates.filter((each) => each.name === name).length
  return candidates.map((each) => {
    const when = each.result.timestamp?.slice(0, 16).replace('T', ' ')
    return count(each.name) > 1 && when !== undefined ? { ...each, name: `${each.name} (${when})` } : each
  })
}

function silence(reasons: string[], column: number | null): Advice {
  const text = column === null ? 'No advice on which to use.' : 'No advice on this one.'
  return { kind: 'silence', text, reasons, confidence: 'high', column }
}

/**
 * Servers have to be fair among themselves. Against this computer they run on other hardware by nature: that is what is being
 * chosen between, so each gets its own time and cost (no ratio), as long as model, pictures and settings are the same.
 */
function whyNotTogether(candidates: readonly Candidate[]): string | null {
  const all = fairnessOf(candidates.map(({ result }) => result))
  const other = all.differences.find(({ kind }) => kind !== 'gpu')
  if (other !== undefined) return other.message
  for (const side of [true, false]) {
    const group = candidates.filter(({ result }) => (result.backend === 'local') === side).map(({ result }) => result)
    const difference = fairnessOf(group).differences[0]
    if (difference !== undefined) return difference.message
  }
  return null
}

function choice(candidates: readonly Candidate[], unfit: readonly Unfit[], options: AdviceOptions): Advice[] {
  const byRate = candidates.toSorted((a, b) => b.rate.value - a.rate.value)
  const [best, next] = byRate
  if (best === undefined) return []
  if (byRate.some(({ rate }) => rate.fromFile !== best.rate.fromFile))
    return [silence(['Only some of them were measured on the photos’ files, so their times are not alike.'], null)]
  const sure = next === undefined || excludesOne(ratioOfIntervals(best.rate, next.rate))
  const limit = limitOfChoice(best)
  const others = byRate.slice(1).map((each) => alternative(each, options))
  const head = `${best.name}: ${outlook(best, options)}`
  const parts = [head, ...others, ...(limit === null ? [] : [limit.words])]
  const equal = sure ? [] : [`${best.name} and ${next?.name ?? ''} are as fast as each other within the spread`]
  const confidence = unfit.length > 0 && best.confidence === 'high' ? 'medium' : best.confidence
  return [
    {
      kind: 'choice',
      text: `${[...equal, ...parts].join('; ')}.`,
      reasons: [...byRate.map(reasonOf), ...(limit?.reasons ?? [])],
      confidence,
      column: sure ? best.column : null,
    },
  ]
}

/**
 * Where the time for a library comes from the pipeline: what limits the pipeline, reading and decoding included; and where it is as
 * fast as embedding alone, what limits that.
 */
function limitOfChoice({ point, rate, result }: Candidate): Bottleneck | null {
  const isLocal = result.backend === 'local'
  const { pipeline } = sectionOf(result)
  if (!rate.fromFile || pipeline === undefined) return bottleneckOf(point, isLocal)
  const breakdown = Object.fromEntries(pipeline.stages.map(({ stage, mean_ms: mean }) => [stage, mean]))
  const utilisation = pipeline.utilisation ?? null
  const own = bottleneckOf({ ...point, breakdown, utilisation, requestsPerSecond: null }, isLocal)
  const asFast = point.interval !== null && rate.interval[1] >= point.interval[0]
  return own ?? (asFast ? bottleneckOf(point, isLocal) : null)
}

/** `your 48,210 photos in 21–24 min, $0.70`; without a library the rate. */
function outlook(candidate: Candidate, { libraryPhotos: photos }: AdviceOptions): string {
  return photos === null || photos === 0
    ? ratePhrase(candidate)
    : `your ${countWords(photos)} photos in ${timePhrase(candidate, photos)}`
}

/** `this computer would take 3.1 h, $0`. */
function alternative(candidate: Candidate, { libraryPhotos: photos }: AdviceOptions): string {
  const name = candidate.result.backend === 'local' ? 'this computer' : candidate.name
  return photos === null || photos === 0
    ? `${name}: ${ratePhrase(candidate)}`
    : `${name} would take ${timePhrase(candidate, photos)}`
}

function timePhrase(candidate: Candidate, photos: number): string {
  const [low, high] = candidate.rate.interval
  return `${spanWords(photos / high, photos / low)}${pricePhrase(candidate, photos)}`
}

function ratePhrase(candidate: Candidate): string {
  const [low, high] = candidate.rate.interval
  const price = pricePhrase(candidate, 1000)
  return `${rateWords(low, high)} images/s${price === '' ? '' : `${price} for 1,000`}`
}

/** `, $0.70`; empty where no price is known. */
function pricePhrase({ pricePerHour, rate }: Candidate, photos: number): string {
  if (pricePerHour === null) return ''
  const [low, high] = rate.interval
  const dollars = (imagesPerSecond: number): number => (dollarsPer1000(pricePerHour, imagesPerSecond) * photos) / 1000
  return `, ${moneyWords(dollars(high), dollars(low))}`
}

function rateWords(low: number, high: number): string {
  const digits = high >= 100 ? 0 : 1
  const [from, to] = [low.toFixed(digits), high.toFixed(digits)]
  return from === to ? to : `${from}–${to}`
}

function reasonOf({ name, rate, point }: Candidate): string {
  const what = rate.fromFile ? 'own photos from file to vector' : 'embedding alone, without reading and decoding files'
  return `${name}: ${rateWords(rate.interval[0], rate.interval[1])} images/s (95 % interval; ${what}; ${countWords(point.count)} requests).`
}

function limitAdvice({ point, result, column, confidence }: Candidate): Advice[] {
  const limit = bottleneckOf(point, result.backend === 'local')
  if (limit === null) return []
  const text = `${limit.words.charAt(0).toUpperCase()}${limit.words.slice(1)}.`
  return [{ kind: 'bottleneck', text, reasons: limit.reasons, confidence, column }]
}

/** The fewest requests in flight whose throughput cannot be told from the best one's: more only wait longer. */
function flightAdvice({ result, column, confidence }: Candidate): Advice[] {
  const steps = operatingPoints(result).flatMap((point) => {
    const { phase, doubt, interval, imagesPerSecond: value } = point
    return phase === 'sweep' && doubt === null && interval !== null ? [{ point, value, interval }] : []
  })
  const best = steps.toSorted((a, b) => b.value - a.value)[0]
  const enough = steps.find((step) => best !== undefined && !excludesOne(ratioOfIntervals(best, step)))
  const last = steps.at(-1)
  if (steps.length < 3 || enough === undefined || last === undefined || enough === last) return []
  const p95 = (ms: number | null): string => (ms === null ? '' : ` (p95 ${ms.toFixed(0)} ms)`)
  return [
    {
      kind: 'operating-point',
      text: `${enough.point.title} is enough: more waits longer and gets no more done.`,
      reasons: [
        `${enough.point.title}: ${enough.value.toFixed(1)} images/s${p95(enough.point.p95Ms)}; ${last.point.title}: ${last.value.toFixed(1)}${p95(last.point.p95Ms)}.`,
      ],
      confidence,
      column,
    },
  ]
}

function cautions({ result, column }: Candidate): Advice[] {
  const { environment } = result
  const said: string[] = []
  if (environment?.power_source === 'battery')
    said.push('Measured on battery: plugged in, this computer may be faster.')
  if (environment?.fallback_reason) said.push(environment.fallback_reason)
  const { readiness, parity } = sectionOf(result)
  if (readiness?.other_backend !== undefined)
    said.push(`Another backend was up on the same host (${readiness.other_backend}) and may have slowed this one.`)
  if (parity?.verdict === 'usable') said.push(`Its vectors are close to the reference, not equal. ${parity.reason}`)
  const { outliers, count = 0 } = sectionOf(result).concurrent ?? {}
  const slow = (outliers?.severe ?? 0) / Math.max(1, count)
  if (slow > 0.05)
    said.push(`${percentWords(slow)} of the requests of the concurrent phase were far slower than the rest.`)
  return said.map((text) => ({ kind: 'caution', text, reasons: [], confidence: 'high', column }))
}
