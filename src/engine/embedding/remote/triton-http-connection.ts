import { TwinlensError } from '../../../shared/errors.ts'
import { HttpChannel } from './http-channel.ts'
import type { ServerAccess, ServerConnection } from './inference-client.ts'
import { bytesBody, readInferReply } from './kserve-infer.ts'
import { parseJson, ServerMetadata } from './kserve-shapes.ts'
import { askTimeoutMs, infoLimit, replyLimit, sendTimeoutMs } from './send-limits.ts'
import { TritonConnection, type TritonWire } from './triton-connection.ts'
import { headerLengthOf, inferHeaders, modelPath, TritonHttpClient } from './triton-http-client.ts'
import { httpQuestions } from './triton-http-models.ts'
import { tryModel } from './triton-http-trial.ts'

/**
 * @throws TwinlensError `invalid-request`: the address, a header, the certificate or the proxy setting can't be used
 */
export function openTritonHttp(access: ServerAccess): ServerConnection {
  const channel = new HttpChannel(access)
  return new TritonConnection(access, httpWire(channel), channel.errors.address)
}

function httpWire(channel: HttpChannel): TritonWire {
  const get = (path: string, signal: AbortSignal | undefined) =>
    channel.exchange({ method: 'GET', path, signal, timeoutMs: askTimeoutMs, maxBytes: infoLimit })
  return {
    transport: 'http',
    address: channel.address,
    describe: async (signal) => {
      const reply = await get('/v2', signal)
      if (reply.status === 404 || reply.status === 405) {
        throw new TwinlensError(
          'server-nonsense',
          `${channel.errors.address} answers, but not as Triton does: it knows no /v2. Check the port (8003 is usual) and the path.`,
        )
      }
      if (reply.status !== 200) throw channel.errorOf(reply)
      return parseJson(ServerMetadata, reply.body, 'its description of itself', channel.errors.address)
    },
    ping: async (signal) => void (await get('/v2/health/live', signal)),
    isReady: async (signal) => (await get('/v2/health/ready', signal)).status === 200,
    takesBinary: ({ extensions }) => extensions.length === 0 || extensions.includes('binary_tensor_data'),
    questions: (signal) => httpQuestions(channel, signal),
    tryModel: (model, signal) => tryModel(channel, model, signal),
    client: (offer, recipe, askModel) => new TritonHttpClient(channel, offer, recipe, askModel),
    inferEncoded: async (model, shape, picture, signal) => {
      const body = bytesBody(model, shape, [picture])
      const reply = await channel.ask({
        method: 'POST',
        path: `${modelPath(model.name, model.version)}/infer`,
        headers: inferHeaders(channel, body),
        body: body.bytes,
        signal,
        timeoutMs: sendTimeoutMs,
        maxBytes: replyLimit(1, model),
      })
      return readInferReply(reply.body, headerLengthOf(reply.headers), model, 1, channel.errors.address).raw
    },
    close: () => channel.close(),
  }
}
