import { BenchmarkPlan, type BenchmarkTarget } from '../../../../shared/contract/benchmark-run.ts'
import { type BenchmarkPreset, type RunNotes } from '../../../../shared/contract/benchmark.ts'
import { BenchmarkPhase } from '../../../../shared/contract/benchmark-measures.ts'
import type { z } from 'zod'
import { readPrice } from './notes-form.ts'

/** The set-up as it is typed and ticked. */
export interface PlanForm {
  local: boolean
  serverIds: readonly string[]
  preset: BenchmarkPreset
  /** Null: the preset's phases. */
  phases: readonly BenchmarkPhase[] | null
  iterations: string
  batchSizes: string
  concurrency: string
  requests: string
  pricePerHour: string
  notes: string
  continueWhenBothUp: boolean
}

export const initialForm: PlanForm = {
  local: true,
  serverIds: [],
  preset: 'quick',
  phases: null,
  iterations: '50',
  batchSizes: '1, 4, 8, 16, 32',
  concurrency: '16',
  requests: '200',
  pricePerHour: '',
  notes: '',
  continueWhenBothUp: false,
}

export const everyPhase = BenchmarkPhase.options

type Plan = z.input<typeof BenchmarkPlan>

function whole(text: string, name: string): number {
  const value = Number(text.trim())
  if (text.trim() === '' || !Number.isInteger(value) || value < 1) throw new RangeError(`${name}: give a whole number.`)
  return value
}

function ownNumbers(form: PlanForm): Partial<Plan> {
  if (form.preset !== 'custom') return {}
  return {
    iterations: whole(form.iterations, 'Repetitions'),
    batchSizes: form.batchSizes.split(',').map((part) => whole(part, 'Batch sizes')),
    concurrency: whole(form.concurrency, 'At once'),
    concurrentRequests: whole(form.requests, 'Requests'),
  }
}

function notesOf(form: PlanForm): RunNotes {
  const price = readPrice(form.pricePerHour)
  if (price === null) throw new RangeError('Price an hour: give a number of dollars.')
  return {
    ...(price === undefined ? {} : { price_per_hour: price }),
    ...(form.notes.trim() === '' ? {} : { text: form.notes.trim() }),
  }
}

/** What is typed as a plan, or the words for what cannot be understood. */
export function readPlan(form: PlanForm): { plan: Plan } | { mistake: string } {
  const targets: BenchmarkTarget[] = [
    ...(form.local ? [{ kind: 'local' as const }] : []),
    ...form.serverIds.map((serverId) => ({ kind: 'server' as const, serverId })),
  ]
  if (targets.length === 0) return { mistake: 'Choose at least one backend.' }
  if (form.phases?.length === 0) return { mistake: 'Choose at least one phase.' }
  try {
    const notes = notesOf(form)
    const plan: Plan = {
      targets,
      preset: form.preset,
      ...(form.phases === null ? {} : { phases: [...form.phases] }),
      ...ownNumbers(form),
      continueWhenBothUp: form.continueWhenBothUp,
      ...(Object.keys(notes).length === 0
        ? {}
        : { notes: targets.map((target) => (target.kind === 'local' ? {} : notes)) }),
    }
    const parsed = BenchmarkPlan.safeParse(plan)
    if (!parsed.success) return { mistake: 'A number is too large or too small.' }
    return { plan }
  } catch (error) {
    return { mistake: error instanceof Error ? error.message : String(error) }
  }
}
