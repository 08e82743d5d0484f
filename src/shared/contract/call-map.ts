import type { z } from 'zod'

/** The signature of one call: both ends parse with it. A call that reports progress names its schema. */
export interface CallSignature {
  readonly params: z.ZodType
  readonly result: z.ZodType
  readonly progress?: z.ZodType
}
export type CallMap = Readonly<Record<string, CallSignature>>

export type Params<M extends CallMap, K extends keyof M> = z.input<M[K]['params']>
export type ParsedParams<M extends CallMap, K extends keyof M> = z.output<M[K]['params']>
export type Result<M extends CallMap, K extends keyof M> = z.output<M[K]['result']>
export type Progress<M extends CallMap, K extends keyof M> = M[K] extends { progress: infer P extends z.ZodType }
  ? z.output<P>
  : never
