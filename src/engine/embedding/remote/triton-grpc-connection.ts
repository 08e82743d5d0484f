import type { ServerAccess, ServerConnection } from './inference-client.ts'
import { asTwinlensError, isCancellation } from '../../../shared/errors.ts'
import { offersOf } from './kserve-model.ts'
import { ServerMetadata } from './kserve-shapes.ts'
import { askTimeoutMs, sendTimeoutMs } from './send-limits.ts'
import { TritonConnection, type TritonWire } from './triton-connection.ts'
import { GrpcChannel } from './triton-grpc-channel.ts'
import { bytesMessage, readReply, TritonGrpcClient, type InferReply } from './triton-grpc-client.ts'
import { GrpcInference } from './triton-grpc-inference.ts'
import { grpcQuestions, isReady, parseReply } from './triton-grpc-models.ts'
import { grpcCalls } from './triton-grpc-schema.ts'
import { greyPicture, recipeFor } from './triton-http-trial.ts'

/**
 * @throws TwinlensError `invalid-request`: the address, a header or the certificate can't be used
 */
export function openTritonGrpc(access: ServerAccess): ServerConnection {
  const channel = new GrpcChannel(access)
  const wire = grpcWire(channel, new GrpcInference(channel, access.certificate))
  return new TritonConnection(access, wire, channel.errors.address)
}

function grpcWire(channel: GrpcChannel, inference: GrpcInference): TritonWire {
  const { address } = channel.errors
  const wire: TritonWire = {
    transport: 'grpc',
    address: channel.address,
    describe: async (signal) =>
      parseReply(
        ServerMetadata,
        await channel.ask('ServerMetadata', {}, { signal }),
        'its description of itself',
        address,
      ),
    ping: async (signal) => void (await channel.ask('ServerLive', {}, { signal })),
    isReady: (signal) => isReady(channel, signal),
    takesBinary: () => true,
    questions: (signal) => grpcQuestions(channel, signal),
    tryModel: async (model, signal) => {
      const [offer] = offersOf(model, 'grpc', true)
      if (offer === undefined) return null
      try {
        const recipe = recipeFor(model)
        const client = wire.client(offer, recipe, () => Promise.resolve(model))
        await client.send(await client.encode([greyPicture(recipe)]), { signal, timeoutMs: askTimeoutMs })
        return null
      } catch (error) {
        if (isCancellation(error)) throw error
        return asTwinlensError(error)
      }
    },
    client: (offer, recipe, askModel) => new TritonGrpcClient(channel, inference, offer, recipe, askModel),
    inferEncoded: async (model, shape, picture, signal) => {
      const framed = bytesMessage(model, model.version, shape, [picture])
      const bytes = await inference.exchange(framed, signal, sendTimeoutMs)
      const reply = channel.decode(grpcCalls().ModelInfer.responseDeserialize, bytes) as InferReply
      return readReply(reply, model, 1, address).raw
    },
    close: () => {
      channel.close()
      inference.close()
      return Promise.resolve()
    },
  }
  return wire
}
