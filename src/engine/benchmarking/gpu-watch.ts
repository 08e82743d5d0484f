import type { GpuMoment, GpuSpecs } from '../../shared/contract/benchmark-resources.ts'
import { asTwinlensError } from '../../shared/errors.ts'
import type { ServerAccess } from '../embedding/remote/inference-client.ts'
import { gpuSourcesFor, type GpuSource } from './gpu-sources.ts'

/** How often GPUs are asked while a phase runs. */
const everyMs = 1000

/** Looks after the GPUs of one backend during a run. Nothing here throws: what is not told is not in the result. */
export class GpuWatch {
  readonly series: GpuMoment[] = []
  specs: GpuSpecs = { name: 'CPU', count: 0, gpus: [], note: 'GPUs were not asked for.' }
  readonly #sources: GpuSource[]
  readonly #begunMs: number
  #source: GpuSource | null = null
  #timer: NodeJS.Timeout | undefined
  #asking: Promise<unknown> = Promise.resolve()
  phase: string | undefined

  /** @param access null: this computer's own GPUs */
  constructor(access: ServerAccess | null, begunMs: number) {
    this.#sources = gpuSourcesFor(access)
    this.#begunMs = begunMs
  }

  /** Finds out who tells of GPUs; the first that tells of one is asked from then on. Returns the first moment. */
  async begin(signal?: AbortSignal): Promise<GpuMoment | null> {
    const why: string[] = []
    for (const source of this.#sources) {
      try {
        const states = await source.read(signal)
        if (states.length === 0) {
          why.push(`${source.name}: no GPU.`)
          continue
        }
        const gpus = states.map(({ spec }) => spec)
        this.specs = { name: gpus[0]?.name ?? 'GPU', count: gpus.length, gpus, source: source.name }
        this.#source = source
        return this.#moment(states.map(({ reading }) => reading))
      } catch (error) {
        why.push(`${source.name}: ${reasonOf(error)}`)
      }
    }
    this.specs = { name: 'CPU', count: 0, gpus: [], note: why.join(' ') || 'Nobody tells of GPUs.' }
    return null
  }

  /** Reads every second from now on, marked with the phase. */
  start(phase: string): void {
    this.phase = phase
    if (this.#source === null || this.#timer !== undefined) return
    this.#timer = setInterval(() => {
      this.#asking = this.now().then((moment) => moment !== null && this.series.push(moment))
    }, everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.phase = undefined
  }

  /** Null where nobody tells, or not just now. */
  async now(signal?: AbortSignal): Promise<GpuMoment | null> {
    try {
      const states = (await this.#source?.read(signal)) ?? []
      return states.length === 0 ? null : this.#moment(states.map(({ reading }) => reading))
    } catch {
      return null
    }
  }

  /** Mean utilisation of all GPUs since `fromS`, 0–1; null where none was told. */
  meanUtilisation(fromS: number): number | null {
    const values = this.series
      .filter(({ at_s }) => at_s >= fromS)
      .flatMap(({ gpus }) => gpus.flatMap(({ utilization }) => utilization ?? []))
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
  }

  async close(): Promise<void> {
    this.stop()
    await this.#asking
    await Promise.all(this.#sources.map((source) => source.close()))
  }

  #moment(gpus: GpuMoment['gpus']): GpuMoment {
    const at_s = (performance.now() - this.#begunMs) / 1000
    return { at_s, ...(this.phase === undefined ? {} : { phase: this.phase }), gpus }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'not installed.'
  return asTwinlensError(error).message.split('\n')[0] ?? ''
}
