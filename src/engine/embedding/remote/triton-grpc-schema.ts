import type { fromJSON, MethodDefinition } from '@grpc/proto-loader'
import { protoLoader } from '../late-packages.ts'

type INamespace = Parameters<typeof fromJSON>[0]

/**
 * The part of KServe's Open Inference Protocol v2 and of Triton's extensions to it that is used, as protocol buffers: names and
 * numbers of fields are the protocol's (kserve/open-inference-protocol specification/protocol/open_inference_grpc.proto;
 * triton-inference-server/common protobuf/{grpc_service,model_config}.proto). Fields that are not listed are skipped when read.
 */

type Field = readonly [number: number, type: string, rule?: 'repeated']

interface Message {
  fields: Record<string, { id: number; type: string; rule?: string }>
}

function message(fields: Readonly<Record<string, Field>>): Message {
  const entries = Object.entries(fields).map(([name, [id, type, rule]]) => {
    return [name, rule === undefined ? { id, type } : { id, type, rule }] as const
  })
  return { fields: Object.fromEntries(entries) }
}

const tensor = { name: [1, 'string'], datatype: [2, 'string'], shape: [3, 'int64', 'repeated'] } as const
const nameAndVersion = message({ name: [1, 'string'], version: [2, 'string'] })

const messages = {
  Nothing: message({}),
  Readiness: message({ ready: [1, 'bool'] }),
  ModelName: nameAndVersion,
  ServerMetadata: message({ name: [1, 'string'], version: [2, 'string'], extensions: [3, 'string', 'repeated'] }),
  Tensor: message(tensor),
  ModelMetadata: message({
    name: [1, 'string'],
    versions: [2, 'string', 'repeated'],
    platform: [3, 'string'],
    inputs: [4, 'Tensor', 'repeated'],
    outputs: [5, 'Tensor', 'repeated'],
  }),
  ModelConfigReply: message({ config: [1, 'ModelConfig'] }),
  ModelConfig: message({
    platform: [2, 'string'],
    backend: [17, 'string'],
    max_batch_size: [4, 'int32'],
    instance_group: [7, 'InstanceGroup', 'repeated'],
    dynamic_batching: [11, 'DynamicBatching'],
    optimization: [12, 'Optimization'],
  }),
  InstanceGroup: message({ kind: [4, 'InstanceKind'] }),
  InstanceKind: { values: { KIND_AUTO: 0, KIND_GPU: 1, KIND_CPU: 2, KIND_MODEL: 3 } },
  DynamicBatching: message({ max_queue_delay_microseconds: [2, 'uint64'] }),
  Optimization: message({ execution_accelerators: [4, 'Accelerators'] }),
  Accelerators: message({ gpu_execution_accelerator: [1, 'Accelerator', 'repeated'] }),
  Accelerator: message({ name: [1, 'string'] }),
  IndexedModel: message({ name: [1, 'string'], version: [2, 'string'], state: [3, 'string'], reason: [4, 'string'] }),
  RepositoryIndex: message({ models: [1, 'IndexedModel', 'repeated'] }),
  RequestedOutput: message({ name: [1, 'string'] }),
  InferRequest: message({
    model_name: [1, 'string'],
    model_version: [2, 'string'],
    inputs: [5, 'Tensor', 'repeated'],
    outputs: [6, 'RequestedOutput', 'repeated'],
  }),
  InferReply: message({
    outputs: [5, 'Tensor', 'repeated'],
    raw_output_contents: [6, 'bytes', 'repeated'],
  }),
}

/** Field 7 of a ModelInferRequest, `raw_input_contents`, of wire type 2: appended by hand, so that a tensor is not copied. */
export const rawInputTag = (7 << 3) | 2

const calls = {
  ServerLive: ['Nothing', 'Readiness'],
  ServerReady: ['Nothing', 'Readiness'],
  ServerMetadata: ['Nothing', 'ServerMetadata'],
  ModelMetadata: ['ModelName', 'ModelMetadata'],
  ModelConfig: ['ModelName', 'ModelConfigReply'],
  RepositoryIndex: ['Nothing', 'RepositoryIndex'],
  ModelInfer: ['InferRequest', 'InferReply'],
} as const

export type GrpcCall = keyof typeof calls

const serviceName = 'GRPCInferenceService'

type Calls = Readonly<Record<GrpcCall, MethodDefinition<object, object>>>

function load(): Calls {
  const methods = Object.fromEntries(
    Object.entries(calls).map(([name, [requestType, responseType]]) => {
      return [name, { requestType, responseType }]
    }),
  )
  const inference: INamespace = { nested: { ...messages, [serviceName]: { methods } as INamespace } }
  const definition = protoLoader().fromJSON(
    { nested: { inference } },
    { keepCase: true, longs: Number, enums: String, arrays: true },
  )
  return definition[`inference.${serviceName}`] as Record<GrpcCall, MethodDefinition<object, object>>
}

/** The calls with their paths and the coding of their messages. Names of messages do not travel, so they are ours. */
export function grpcCalls(): Calls {
  return (loaded ??= load())
}

let loaded: Calls | null = null
