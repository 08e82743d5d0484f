import { describe, expect, it } from 'vitest'
import { BenchmarkPlan } from '../../../../shared/contract/benchmark-run.ts'
import { initialForm, readPlan } from './plan-form.ts'

describe('the set-up of a benchmark', () => {
  it('asks for what is ticked, with the preset’s numbers unless they are one’s own', () => {
    const read = readPlan({ ...initialForm, serverIds: ['a'] })
    expect('plan' in read && BenchmarkPlan.parse(read.plan).targets.length).toBe(2)
    expect(read).not.toHaveProperty('plan.iterations')
    const own = readPlan({ ...initialForm, preset: 'custom', batchSizes: '1,8', iterations: '20' })
    expect(own).toMatchObject({ plan: { iterations: 20, batchSizes: [1, 8], concurrency: 16 } })
  })

  it('names what it cannot understand', () => {
    expect(readPlan({ ...initialForm, local: false })).toEqual({ mistake: 'Choose at least one backend.' })
    expect(readPlan({ ...initialForm, phases: [] })).toHaveProperty('mistake')
    expect(readPlan({ ...initialForm, preset: 'custom', batchSizes: '1, many' })).toHaveProperty(
      'mistake',
      'Batch sizes: give a whole number.',
    )
    expect(readPlan({ ...initialForm, pricePerHour: 'cheap' })).toHaveProperty('mistake')
  })

  it('gives a price to servers only: this computer is not rented', () => {
    const read = readPlan({ ...initialForm, serverIds: ['a'], pricePerHour: '0,35' })
    expect(read).toHaveProperty('plan.notes', [{}, { price_per_hour: 0.35 }])
  })
})
