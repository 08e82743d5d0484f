import { TwinlensError } from '../../../shared/errors.ts'
import type { HttpChannel } from './http-channel.ts'
import type { ModelQuestions } from './kserve-find-models.ts'
import { readModel, type KserveModel } from './kserve-model.ts'
import { ModelConfig, ModelMetadata, parseJson, RepositoryIndex } from './kserve-shapes.ts'
import { askTimeoutMs, infoLimit } from './send-limits.ts'
import { modelPath } from './triton-http-client.ts'

/** Triton's questions about models, over HTTP. */
export function httpQuestions(channel: HttpChannel, signal: AbortSignal | undefined): ModelQuestions {
  return {
    secrets: channel.errors.secrets,
    list: async () => {
      const reply = await channel.exchange({
        method: 'POST',
        path: '/v2/repository/index',
        signal,
        timeoutMs: askTimeoutMs,
        maxBytes: infoLimit,
      })
      return reply.status === 200
        ? parseJson(RepositoryIndex, reply.body, 'its list of models', channel.errors.address)
        : null
    },
    describe: async (name, version) => askModel(channel, name, version, signal),
  }
}

/**
 * What the server says of one model.
 *
 * @throws TwinlensError as `HttpChannel.ask`; `not-found` for a model that does not turn pictures into vectors
 */
async function askModel(
  channel: HttpChannel,
  name: string,
  version: string | null,
  signal: AbortSignal | undefined,
): Promise<KserveModel> {
  const path = modelPath(name, version)
  const { address } = channel.errors
  const call = { method: 'GET' as const, signal, timeoutMs: askTimeoutMs, maxBytes: infoLimit }
  const [metadata, config] = await Promise.all([
    channel.ask({ ...call, path }),
    channel.exchange({ ...call, path: `${path}/config` }),
  ])
  const fit = readModel(
    parseJson(ModelMetadata, metadata.body, `its description of ${name}`, address),
    config.status === 200 ? parseJson(ModelConfig, config.body, `its configuration of ${name}`, address) : null,
    version,
  )
  if ('model' in fit) return fit.model
  throw new TwinlensError('not-found', `The model ${name} ${fit.why}.`)
}
