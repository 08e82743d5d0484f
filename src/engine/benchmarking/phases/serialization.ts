import type { InputFormat } from '../../../shared/contract/servers.ts'
import { throwIfCancelled } from '../../../shared/errors.ts'
import { done, type PhaseContext, type PhaseNote } from '../phase-context.ts'
import { meanAndDeviation } from '../statistics.ts'

const formats: readonly InputFormat[] = ['json-fp32', 'fp32', 'fp16', 'uint8', 'base64-jpeg', 'jpeg']
const repeats = { quick: 5, documented: 20, thorough: 50, custom: 20 } as const
/** JSON of 32 pictures takes seconds each time. */
const limitMs = 3000

/** Encoding alone, in every format and batch size; nothing is sent. */
export async function runSerialization(context: PhaseContext): Promise<PhaseNote> {
  const { backend, section, settings, signal, load } = context
  const preprocessing = backend.kind === 'local' ? backend.spec.input.preprocessing : backend.preprocessing
  section.serialization = []
  const steps = formats.flatMap((format) => settings.batchSizes.map((batch) => ({ format, batch })))
  for (const [at, { format, batch }] of steps.entries()) {
    context.step(`${format}, batch ${batch}`, at, steps.length)
    const task = { format, batch, preprocessing, repeats: repeats[settings.preset], limitMs }
    const { encodeMs, bytes } = await load.encode(task, settings.seed, signal)
    const { mean, std } = meanAndDeviation(encodeMs)
    section.serialization.push({
      format,
      batch_size: batch,
      encode_ms: mean,
      ...(std === undefined ? {} : { std_ms: std }),
      count: encodeMs.length,
      bytes,
    })
    throwIfCancelled(signal)
  }
  return done
}
