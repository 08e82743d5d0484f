import { z } from 'zod'
import { ErrorCode } from '../errors.ts'

/** What crosses a port. Values are structured-clone data; each is parsed again by the call's own schema. */
export const Frame = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), id: z.number().int(), name: z.string(), params: z.unknown() }),
  z.object({ kind: z.literal('cancel'), id: z.number().int() }),
  z.object({ kind: z.literal('progress'), id: z.number().int(), value: z.unknown() }),
  z.object({ kind: z.literal('result'), id: z.number().int(), value: z.unknown() }),
  z.object({ kind: z.literal('error'), id: z.number().int(), code: ErrorCode, message: z.string() }),
])
export type Frame = z.infer<typeof Frame>

/** One end of a two-way channel: a MessagePort, a child process, a worker. Messages keep their order. */
export interface Port {
  post(frame: Frame): void
  /** Called for each message from the other end; the value is not yet trusted. */
  listen(onMessage: (message: unknown) => void): void
  /** Called once when the other end is gone. */
  onClose(onClose: () => void): void
  close(): void
}
