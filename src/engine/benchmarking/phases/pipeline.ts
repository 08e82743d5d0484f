import { availableParallelism } from 'node:os'
import type { PipelineMeasure, Stage } from '../../../shared/contract/benchmark-measures.ts'
import type { ServerMetrics } from '../../../shared/contract/benchmark-resources.ts'
import { throwIfCancelled } from '../../../shared/errors.ts'
import { mostPictures } from '../backend-setup.ts'
import type { FailureCount } from '../load-tally.ts'
import { nearestRank } from '../load-windows.ts'
import { done, type PhaseContext, type PhaseNote } from '../phase-context.ts'
import type { PipelineFigures } from '../pipeline-run.ts'
import { serverMetricsBetween } from '../server-counters.ts'

/** As a scan sends them. */
const batch = 8

/** End to end on the person's own photos: read, decode, preprocess, serialize, send, compute, parse, with the time of each. */
export async function runPipelinePhase(context: PhaseContext): Promise<PhaseNote> {
  const { backend, section, settings, signal, ports, counters } = context
  const photos = (await ports.samplePhotos?.(settings.pipelinePhotos, signal)) ?? []
  if (photos.length === 0) {
    return { state: 'skipped', reason: 'There are no photos to take: open a library or name a folder of photos.' }
  }
  const task = {
    photos,
    batch: Math.min(batch, mostPictures(backend)),
    decoders: Math.max(2, availableParallelism()),
    concurrency: backend.kind === 'local' ? 1 : 4,
    timeoutMs: settings.timeoutMs,
  }
  const before = counters.problem === null ? await counters.read(signal) : null
  const figures = await context.load.pipeline(task, signal, (finished) => context.step('', finished, photos.length))
  const after = before === null || signal.aborted ? null : await counters.read(signal)
  const metrics = before === null || after === null ? null : serverMetricsBetween(before, after)
  if (metrics !== null)
    (section.server_metrics_by_phase ??= []).push({ phase: 'pipeline', label: 'pipeline', ...metrics })
  const images = figures.requests.reduce((sum, { count }) => sum + count, 0)
  if (images > 0) section.pipeline = pipelineMeasure(figures, images, task, metrics, backend.kind === 'local')
  throwIfCancelled(signal)
  if (figures.failures.length === 0) return done
  return { state: images === 0 ? 'failed' : 'done', reason: failureText(figures.failures) }
}

function failureText(failures: readonly FailureCount[]): string {
  return failures.map(({ count, message }) => `${count} photos: ${message}`).join(' ')
}

function pipelineMeasure(
  figures: PipelineFigures,
  images: number,
  task: { batch: number; concurrency: number },
  metrics: ServerMetrics | null,
  isLocal: boolean,
): PipelineMeasure {
  const seconds = figures.wallMs / 1000
  const failed = figures.failures.reduce((sum, { count }) => sum + count, 0)
  return {
    photos: images,
    bytes: figures.photos.reduce((sum, { bytes }) => sum + bytes, 0),
    wall_time_s: seconds,
    images_per_s: images / seconds,
    stages: stagesOf(figures, images, metrics, isLocal),
    concurrency: task.concurrency,
    batch_size: task.batch,
    utilisation: { client_cpu_share: Math.min(1, figures.busyShare) },
    ...(failed > 0 ? { failed } : {}),
    ...(figures.stopped ? { unstable: 'Stopped before all photos were through.' } : {}),
  }
}

/** Mean milliseconds of each stage for one photo; a request's times are shared by its photos. */
function stagesOf(
  { photos, requests }: PipelineFigures,
  images: number,
  metrics: ServerMetrics | null,
  isLocal: boolean,
): PipelineMeasure['stages'] {
  const perPhoto = (sum: number): number => sum / images
  const sumOf = (pick: (request: PipelineFigures['requests'][number]) => number): number =>
    requests.reduce((sum, request) => sum + pick(request), 0)
  const told = (pick: (server: PipelineFigures['requests'][number]['server']) => number | undefined): number =>
    sumOf(({ server }) => pick(server) ?? 0)
  const counted = (us: number | undefined): number => (us ?? 0) / 1000
  const queue = told(({ queueMs }) => queueMs) + counted(metrics?.queue_duration_us)
  const input =
    told(({ decodeMs = 0, preprocessMs = 0 }) => decodeMs + preprocessMs) + counted(metrics?.compute_input_duration_us)
  const infer = told(({ inferenceMs }) => inferenceMs) + counted(metrics?.compute_infer_duration_us)
  const output = counted(metrics?.compute_output_duration_us)
  const rest = Math.max(0, sumOf(({ exchangeMs }) => exchangeMs) - queue - input - infer - output)
  const means: Partial<Record<Stage, number>> = {
    read: meanOf(photos.map(({ readMs }) => readMs)),
    decode: meanOf(photos.map(({ decodeMs }) => decodeMs)),
    preprocess: meanOf(photos.map(({ preprocessMs }) => preprocessMs)),
    serialize: perPhoto(sumOf(({ serializeMs }) => serializeMs)),
    ...(isLocal ? {} : { network: perPhoto(rest) }),
    queue: perPhoto(isLocal ? rest : queue),
    compute_input: perPhoto(input),
    compute_infer: perPhoto(infer),
    compute_output: perPhoto(output),
    parse: perPhoto(sumOf(({ parseMs }) => parseMs)),
  }
  const medians: Partial<Record<Stage, number | null>> = {
    read: medianOf(photos.map(({ readMs }) => readMs)),
    decode: medianOf(photos.map(({ decodeMs }) => decodeMs)),
    preprocess: medianOf(photos.map(({ preprocessMs }) => preprocessMs)),
  }
  const total = Object.values(means).reduce((sum, ms) => sum + ms, 0)
  return (Object.entries(means) as [Stage, number][])
    .filter(([, ms]) => ms > 0)
    .map(([stage, mean_ms]) => {
      const median = medians[stage] ?? null
      return { stage, mean_ms, ...(median === null ? {} : { p50_ms: median }), share: mean_ms / total }
    })
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

function medianOf(values: readonly number[]): number | null {
  return nearestRank(
    values.toSorted((a, b) => a - b),
    50,
  )
}
