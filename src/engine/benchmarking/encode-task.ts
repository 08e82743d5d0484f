import type { Preprocessing } from '../../shared/contract/photo.ts'
import type { InputFormat } from '../../shared/contract/servers.ts'
import { throwIfCancelled } from '../../shared/errors.ts'
import { encodeFor } from '../embedding/remote/encode-pictures.ts'
import { binaryBody, jsonBody } from '../embedding/remote/kserve-infer.ts'
import type { KserveModel } from '../embedding/remote/kserve-model.ts'
import { base64Body, multipartBody } from '../embedding/remote/pytorch-body.ts'
import { pictureCodec } from '../imaging/picture-codec.ts'
import type { WorkloadPictures } from './workload-pictures.ts'

/** Encoding alone: no server is asked. */
export interface EncodeTask {
  format: InputFormat
  batch: number
  preprocessing: Preprocessing
  repeats: number
  /** No further repeat begins after it. */
  limitMs: number
}

export interface EncodeFigures {
  encodeMs: number[]
  bytes: number
}

/** Makes whole request bodies as the clients make them, again and again, each of other pictures. @throws `cancelled` */
export async function encodeRepeatedly(
  task: EncodeTask,
  pictures: WorkloadPictures,
  signal: AbortSignal,
): Promise<EncodeFigures> {
  const { batch, repeats, limitMs } = task
  const encodeMs: number[] = []
  let bytes = 0
  const begun = performance.now()
  // The first round compiles and fills caches; it does not count.
  for (let k = -1; k < repeats && (encodeMs.length === 0 || performance.now() - begun < limitMs); k++) {
    throwIfCancelled(signal)
    const own = Array.from({ length: batch }, (_, i) => pictures.picture((k + 1) * batch + i))
    const from = performance.now()
    bytes = await bodyBytes(task, own)
    if (k >= 0) encodeMs.push(performance.now() - from)
  }
  return { encodeMs, bytes }
}

async function bodyBytes({ format, preprocessing }: EncodeTask, pictures: readonly Uint8Array[]): Promise<number> {
  const recipe = { preprocessing, codec: pictureCodec }
  if (format === 'json-fp32') return jsonBody(modelFor('fp32', preprocessing), pictures, preprocessing).bytes.length
  if (format === 'fp32' || format === 'fp16' || format === 'uint8' || format === 'jpeg') {
    return (await binaryBody(modelFor(format, preprocessing), pictures, recipe)).bytes.length
  }
  const { parts } = await encodeFor(format, pictures, recipe)
  if (format === 'base64-jpeg' || format === 'base64-png') return base64Body(parts).bytes.length
  return multipartBody(parts, format === 'multipart-png' ? 'image/png' : 'image/jpeg').bytes.length
}

const datatypes = { fp32: 'FP32', fp16: 'FP16', uint8: 'UINT8', jpeg: 'BYTES' } as const

/** A model as the documented server describes it. */
function modelFor(format: KserveModel['format'], { width, height }: Preprocessing): KserveModel {
  const itemShape = format === 'jpeg' ? [1] : format === 'uint8' ? [height, width, 3] : [3, height, width]
  return {
    name: 'openclip_vit_b32',
    version: null,
    input: { name: 'image', datatype: datatypes[format] },
    format,
    width,
    height,
    channelsLast: format === 'uint8',
    itemShape,
    batched: true,
    maxBatch: 1024,
    output: { name: 'embedding', datatype: 'FP32' },
    dimension: 512,
    device: 'not told',
    queueDelayMs: null,
  }
}
