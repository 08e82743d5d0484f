import { z } from 'zod'
import { BenchmarkResult } from '../../shared/contract/benchmark.ts'

/** JSON Schema (2020-12) of a result file: `resources/benchmark-result.schema.json`, kept current by a test. */
export function resultJsonSchema(): object {
  const schema = z.toJSONSchema(BenchmarkResult, {
    io: 'input',
    reused: 'ref',
    override: ({ jsonSchema }) => {
      // Sections are an intersection: as a record, `batch_<N>` would forbid every other name.
      const { propertyNames: names, additionalProperties: batch } = jsonSchema
      if (typeof names !== 'object' || typeof batch !== 'object') return
      if (names.pattern?.startsWith('^batch_') !== true) return
      delete jsonSchema.propertyNames
      delete jsonSchema.additionalProperties
      jsonSchema.patternProperties = { '^batch_\\d+$': batch }
    },
  })
  return {
    ...schema,
    title: 'Twinlens benchmark result',
    description: 'One backend measured once. What was not measured has no field.',
  }
}
