import * as ort from 'onnxruntime-node'
import { z } from 'zod'
import { answer, subjectInput } from './subject.ts'

/** The least a scan must do with the model: `count` pictures through a CPU session in batches, on input that stands ready. */
const { modelPath, inputName, width, height, batchSize, count, spinning } = z
  .object({
    modelPath: z.string(),
    inputName: z.string(),
    width: z.number(),
    height: z.number(),
    batchSize: z.number(),
    count: z.number(),
    spinning: z.boolean(),
  })
  .parse(subjectInput())

const started = performance.now()
const session = await ort.InferenceSession.create(modelPath, {
  executionProviders: ['cpu'],
  extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
})
const values = new Float32Array(batchSize * 3 * height * width)
for (let i = 0; i < values.length; i++) values[i] = Math.sin(i * 0.37)
const full = new ort.Tensor('float32', values, [batchSize, 3, height, width])
for (let done = 0; done < count; done += batchSize) {
  const size = Math.min(batchSize, count - done)
  const part =
    size === batchSize
      ? full
      : new ort.Tensor('float32', values.subarray(0, size * 3 * height * width), [size, 3, height, width])
  await session.run({ [inputName]: part })
}
answer({ seconds: (performance.now() - started) / 1000 })
process.exit(0)
