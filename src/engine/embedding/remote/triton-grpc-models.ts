import { z } from 'zod'
import { isCancellation, TwinlensError } from '../../../shared/errors.ts'
import type { ModelQuestions } from './kserve-find-models.ts'
import { readModel, type KserveModel } from './kserve-model.ts'
import { ModelConfig, ModelMetadata, RepositoryIndex } from './kserve-shapes.ts'
import { nonsense } from './reply-check.ts'
import type { GrpcChannel } from './triton-grpc-channel.ts'

/**
 * What a server's answer holds.
 *
 * @param what names the answer: `its list of models`
 * @throws TwinlensError `server-nonsense`
 */
export function parseReply<Shape>(shape: z.ZodType<Shape>, reply: unknown, what: string, address: string): Shape {
  const parsed = shape.safeParse(reply)
  if (parsed.success) return parsed.data
  throw nonsense(address, `${what} is not what was expected`, parsed.error)
}

const Readiness = z.object({ ready: z.boolean().default(false) })

/**
 * Whether the server calls itself ready.
 *
 * @throws TwinlensError as `GrpcChannel.ask`
 */
export async function isReady(channel: GrpcChannel, signal: AbortSignal | undefined): Promise<boolean> {
  const reply = await channel.ask('ServerReady', {}, { signal })
  return parseReply(Readiness, reply, 'its readiness', channel.errors.address).ready
}

/** Triton's questions about models, over gRPC. */
export function grpcQuestions(channel: GrpcChannel, signal: AbortSignal | undefined): ModelQuestions {
  return {
    secrets: channel.errors.secrets,
    list: async () => {
      const listed = await unlessRefused(channel.ask('RepositoryIndex', {}, { signal }))
      if (listed === null) return null
      const shape = z.object({ models: RepositoryIndex })
      return parseReply(shape, listed, 'its list of models', channel.errors.address).models
    },
    describe: async (name, version) => askModel(channel, name, version, signal),
  }
}

/**
 * What the server says of one model.
 *
 * @throws TwinlensError as `GrpcChannel.ask`; `not-found` for a model that does not turn pictures into vectors
 */
async function askModel(
  channel: GrpcChannel,
  name: string,
  version: string | null,
  signal: AbortSignal | undefined,
): Promise<KserveModel> {
  const { address } = channel.errors
  const which = nameOf(name, version)
  const [metadata, config] = await Promise.all([
    channel.ask('ModelMetadata', which, { signal }),
    unlessRefused(channel.ask('ModelConfig', which, { signal })),
  ])
  const told =
    config === null ? null : parseReply(z.object({ config: ModelConfig }), config, 'its configuration', address)
  const fit = readModel(
    parseReply(ModelMetadata, metadata, `its description of ${name}`, address),
    told?.config ?? null,
    version,
  )
  if ('model' in fit) return fit.model
  throw new TwinlensError('not-found', `The model ${name} ${fit.why}.`)
}

function nameOf(name: string, version: string | null): { name: string; version?: string } {
  return version === null ? { name } : { name, version }
}

/** Null where the server does not know the question or does not answer it to everybody. */
async function unlessRefused(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked
  } catch (error) {
    if (
      !isCancellation(error) &&
      error instanceof TwinlensError &&
      ['server-refused', 'not-authorised'].includes(error.code)
    )
      return null
    throw error
  }
}
