import { z } from 'zod'
import type { CallMap } from '../../../src/shared/contract/call-map.ts'

/** What the test page may ask of the test engine. */
export const transportCalls = {
  'numbers.double': {
    params: z.object({ values: z.instanceof(Float32Array) }),
    result: z.object({ values: z.instanceof(Float32Array) }),
  },
  /** Reports a growing number until it is cancelled. */
  count: { params: z.null(), result: z.null(), progress: z.number() },
  /** How many `count` calls ended because they were cancelled. */
  cancelled: { params: z.null(), result: z.number() },
  process: {
    params: z.null(),
    result: z.object({ pid: z.number(), node: z.string(), electron: z.string().nullable() }),
  },
  /** Ends the engine without a word. */
  crash: { params: z.null(), result: z.null() },
} as const satisfies CallMap
