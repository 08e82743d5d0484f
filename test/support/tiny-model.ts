import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ModelSpec } from '../../src/shared/contract/models.ts'

/** test/fixtures/models/tiny-conv.onnx, which even a software GPU runs in milliseconds. */
export const tinyModelPath = fileURLToPath(new URL('../fixtures/models/tiny-conv.onnx', import.meta.url))

/** The same network with its batch fixed at 1 and other names for input and output. */
export const tinyBatchOnePath = fileURLToPath(new URL('../fixtures/models/tiny-conv-batch1.onnx', import.meta.url))

/** A manifest entry for the tiny model; `change` replaces fields. */
export function tinyModelSpec(change: Partial<ModelSpec> = {}): ModelSpec {
  const content = readFileSync(tinyModelPath)
  return ModelSpec.parse({
    id: 'tiny-conv',
    title: 'Tiny',
    role: 'default',
    file: 'tiny-conv.onnx',
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    licence: 'MIT',
    source: 'make-tiny-conv.py',
    url: null,
    input: {
      name: 'image',
      preprocessing: {
        id: 'tiny-16',
        width: 16,
        height: 16,
        resize: 'stretch',
        kernel: 'bicubic',
        layout: 'NCHW',
        channels: 'RGB',
        scale: 1,
        mean: [127, 127, 127],
        std: [128, 128, 128],
      },
    },
    output: { name: 'embedding', dimension: 8 },
    thresholds: { default: 0.9, floor: 0.8, similar: 0.9 },
    batchSize: 4,
    ...change,
  })
}
