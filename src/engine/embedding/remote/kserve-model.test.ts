import { expect, test } from 'vitest'
import { clipPreprocessing } from '../../../../test/support/clip-pictures.ts'
import { inputShape, offersOf, readModel, type KserveModel } from './kserve-model.ts'
import { ModelConfig, ModelMetadata } from './kserve-shapes.ts'

interface Described {
  datatype: string
  shape: number[]
  outputs?: { name: string; datatype: string; shape: number[] }[]
  config?: object | null
}

function read({ datatype, shape, outputs, config = { max_batch_size: 32 } }: Described): ReturnType<typeof readModel> {
  const metadata = ModelMetadata.parse({
    name: 'clip',
    versions: ['1', '3'],
    inputs: [{ name: 'image', datatype, shape }],
    outputs: outputs ?? [{ name: 'embedding', datatype: 'FP32', shape: [-1, 512] }],
  })
  return readModel(metadata, config === null ? null : ModelConfig.parse(config), null)
}

function fit(described: Described): KserveModel {
  const result = read(described)
  if (!('model' in result)) throw new Error(result.why)
  return result.model
}

test.each([
  ['FP32', [-1, 3, 224, 224], 'fp32', [2, 3, 224, 224]],
  ['FP16', [-1, 3, 224, 224], 'fp16', [2, 3, 224, 224]],
  ['UINT8', [-1, 224, 224, 3], 'uint8', [2, 224, 224, 3]],
  ['BYTES', [-1, 1], 'jpeg', [2, 1]],
  ['BYTES', [-1], 'jpeg', [2]],
  ['FP32', [-1, 3, -1, -1], 'fp32', [2, 3, 224, 224]],
  ['UINT8', [-1, 3, 224, 224], 'uint8', [2, 3, 224, 224]],
  ['FP32', [-1, 224, 224, 3], 'fp32', [2, 224, 224, 3]],
  ['UINT8', [-1, -1, -1, 3], 'uint8', [2, 224, 224, 3]],
] as const)('%s [%s] takes pictures as %s', (datatype, shape, format, sent) => {
  const model = fit({ datatype, shape: [...shape] })
  expect(model).toMatchObject({ format, maxBatch: 32, version: '3', dimension: 512 })
  expect(inputShape(model, 2, clipPreprocessing)).toEqual(sent)
})

test.each([
  [[-1, 3, 224, 224], 32, [1, 3, 224, 224]],
  [[1, 3, 224, 224], 1, [1, 3, 224, 224]],
  [[3, 224, 224], 1, [3, 224, 224]],
])('without batching by the server, %s takes %i at a time', (shape, maxBatch, sent) => {
  const outputs = [{ name: 'embedding', datatype: 'FP32', shape: shape.length === 3 ? [512] : [-1, 512] }]
  for (const config of [{ max_batch_size: 0 }, null]) {
    const model = fit({ datatype: 'FP32', shape, outputs, config })
    expect(model.maxBatch).toBe(maxBatch)
    expect(inputShape(model, 1, clipPreprocessing)).toEqual(sent)
  }
})

test('of several vectors the one called embedding is taken; tokens and scores are no vectors', () => {
  const outputs = [
    { name: 'pooled', datatype: 'FP32', shape: [-1, 768] },
    { name: 'image_embeds', datatype: 'FP16', shape: [-1, 512] },
    { name: 'tokens', datatype: 'FP32', shape: [-1, 50, 768] },
    { name: 'score', datatype: 'FP32', shape: [-1, 1] },
  ]
  expect(fit({ datatype: 'FP32', shape: [-1, 3, 224, 224], outputs }).output).toEqual({
    name: 'image_embeds',
    datatype: 'FP16',
  })
})

test.each([
  ['a text model', { datatype: 'INT64', shape: [-1, 77] }, /takes INT64/],
  ['one channel', { datatype: 'UINT8', shape: [-1, 224, 224, 1] }, /no picture/],
  [
    'a classifier’s label',
    { datatype: 'FP32', shape: [-1, 3, 224, 224], outputs: [{ name: 'label', datatype: 'BYTES', shape: [-1, 1] }] },
    /0 outputs that are vectors \(of FP32/,
  ],
])('%s does not fit, and why is told', (_, described, why) => {
  const result = read(described)
  expect(result).toMatchObject({ why: expect.stringMatching(why) as string })
})

test('a model for pictures of another size refuses before anything is sent', () => {
  const model = fit({ datatype: 'FP32', shape: [-1, 3, 336, 336] })
  expect(() => inputShape(model, 1, clipPreprocessing)).toThrowError(/336 × 336, not 224 × 224/)
})

test.each([
  [{ max_batch_size: 8, instance_group: [{ kind: 'KIND_CPU' }] }, 'cpu'],
  [{ max_batch_size: 8, instance_group: [{ kind: 'KIND_GPU' }] }, 'cuda'],
  [{ max_batch_size: 8, platform: 'tensorrt_plan', instance_group: [{ kind: 'KIND_GPU' }] }, 'tensorrt'],
  [
    {
      max_batch_size: 8,
      instance_group: [{ kind: 'KIND_GPU' }],
      optimization: { execution_accelerators: { gpu_execution_accelerator: [{ name: 'tensorrt' }] } },
    },
    'tensorrt',
  ],
  [null, 'not told'],
])('the device is what the configuration says (%#)', (config, device) => {
  expect(fit({ datatype: 'FP32', shape: [-1, 3, 224, 224], config }).device).toBe(device)
})

test('JSON is offered over HTTP only, after the binary form', () => {
  const model = fit({ datatype: 'FP32', shape: [-1, 3, 224, 224] })
  const formats = (transport: 'http' | 'grpc', binary: boolean): string[] =>
    offersOf(model, transport, binary).map(({ format }) => format)
  expect(formats('http', true)).toEqual(['fp32', 'json-fp32'])
  expect(formats('http', false)).toEqual(['json-fp32'])
  expect(formats('grpc', true)).toEqual(['fp32'])
})
