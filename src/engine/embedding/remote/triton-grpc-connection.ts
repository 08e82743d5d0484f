import type { InputOffer, ServerReport } from '../../../shared/contract/servers.ts'
import { asTwinlensError, isCancellation, type TwinlensError } from '../../../shared/errors.ts'
import { exposureOf } from './exposure.ts'
import type { InferenceClient, InputRecipe, ServerAccess, ServerConnection } from './inference-client.ts'
import { findModels, type FoundModels } from './kserve-find-models.ts'
import { judgeReadiness } from './kserve-readiness.ts'
import { offersOf, type KserveModel } from './kserve-model.ts'
import { ServerMetadata } from './kserve-shapes.ts'
import { checkedVectors } from './reply-check.ts'
import { askTimeoutMs, sendTimeoutMs } from './send-limits.ts'
import { emptyReport, medianRoundTrip, reportOfFailure } from './server-report.ts'
import { GrpcChannel } from './triton-grpc-channel.ts'
import { bytesMessage, readReply, TritonGrpcClient, type InferReply } from './triton-grpc-client.ts'
import { GrpcInference } from './triton-grpc-inference.ts'
import { askModel, grpcQuestions, isReady, parseReply } from './triton-grpc-models.ts'
import { grpcCalls } from './triton-grpc-schema.ts'
import { askGpus } from './triton-http-gpus.ts'
import { recipeFor } from './triton-http-trial.ts'

/**
 * @throws TwinlensError `invalid-request`: the address, a header or the certificate can't be used
 */
export function openTritonGrpc(access: ServerAccess): ServerConnection {
  return new TritonGrpcConnection(access)
}

class TritonGrpcConnection implements ServerConnection {
  readonly kind = 'triton'
  readonly address: string
  private readonly access: ServerAccess
  private readonly channel: GrpcChannel
  private readonly inference: GrpcInference
  private readonly known = new Map<string, Promise<KserveModel>>()

  constructor(access: ServerAccess) {
    this.access = access
    this.channel = new GrpcChannel(access)
    this.inference = new GrpcInference(this.channel, access.certificate)
    this.address = this.channel.errors.address
  }

  async inspect(signal?: AbortSignal): Promise<ServerReport> {
    const exposure = exposureOf(this.channel.address)
    try {
      const metadata = parseReply(
        ServerMetadata,
        await this.channel.ask('ServerMetadata', {}, { signal }),
        'its description of itself',
        this.address,
      )
      const [found, serverReady, gpus] = await Promise.all([
        this.findModels(signal),
        isReady(this.channel, signal),
        askGpus(this.access, signal),
      ])
      const roundTripMs = await medianRoundTrip(async () => void (await this.channel.ask('ServerLive', {}, { signal })))
      const readiness = await judgeReadiness(found, serverReady, this.address, (model) => this.tryModel(model, signal))
      this.remember(readiness.models)
      return {
        ...emptyReport(exposure),
        reachable: true,
        ready: readiness.problem === null,
        roundTripMs,
        server: { name: metadata.name, version: metadata.version ?? null },
        device: readiness.models[0]?.device ?? 'not told',
        gpus: gpus.gpus,
        offers: readiness.models.flatMap((model) => offersOf(model, 'grpc', true)),
        notes: [...found.notes, ...readiness.notes, ...gpus.notes],
        problem: readiness.problem,
      }
    } catch (error) {
      return reportOfFailure(error, exposure)
    }
  }

  private async findModels(signal: AbortSignal | undefined): Promise<FoundModels> {
    return findModels(grpcQuestions(this.channel, signal), this.access.model ?? null)
  }

  private remember(models: readonly KserveModel[]): void {
    this.known.clear()
    for (const model of models) this.known.set(keyOf(model.name, model.version), Promise.resolve(model))
  }

  /** Embeds one blank picture; null when it worked. */
  private async tryModel(model: KserveModel, signal: AbortSignal | undefined): Promise<TwinlensError | null> {
    const [offer] = offersOf(model, 'grpc', true)
    if (offer === undefined) return null
    try {
      const recipe = recipeFor(model)
      const { width, height } = recipe.preprocessing
      const client = this.client(offer, recipe)
      await client.send(await client.encode([new Uint8Array(width * height * 3).fill(128)]), {
        signal,
        timeoutMs: askTimeoutMs,
      })
      return null
    } catch (error) {
      if (isCancellation(error)) throw error
      return asTwinlensError(error)
    }
  }

  async isReady(signal?: AbortSignal): Promise<boolean> {
    try {
      if (await isReady(this.channel, signal)) return true
      // See [Note: Triton's two kinds of ready].
      for (const model of await this.models(signal)) {
        if ((await this.tryModel(model, signal)) === null) return true
      }
      return false
    } catch (error) {
      if (isCancellation(error)) throw error
      return false
    }
  }

  private async models(signal: AbortSignal | undefined): Promise<KserveModel[]> {
    if (this.known.size === 0) this.remember((await this.findModels(signal)).models)
    return Promise.all(this.known.values())
  }

  client(offer: InputOffer, recipe: InputRecipe): InferenceClient {
    return new TritonGrpcClient(this.channel, this.inference, offer, recipe, async () => this.model(offer))
  }

  private async model({ model, version }: Pick<InputOffer, 'model' | 'version'>): Promise<KserveModel> {
    const key = keyOf(model, version)
    const known = this.known.get(key)
    if (known !== undefined) return known
    const asked = askModel(this.channel, model, version)
    this.known.set(key, asked)
    // A failure must not be remembered: the server may come back.
    asked.catch(() => this.known.delete(key))
    return asked
  }

  async embedEncoded(
    picture: Uint8Array,
    _type: 'image/jpeg' | 'image/png',
    signal?: AbortSignal,
  ): Promise<Float32Array | null> {
    const models = await this.models(signal)
    const model = models.find(({ format }) => format === 'jpeg')
    if (model === undefined) return null
    const item = model.itemShape.map(() => 1)
    const framed = bytesMessage(model, model.version, model.batched ? [1, ...item] : item, [picture])
    const bytes = await this.inference.exchange(framed, signal, sendTimeoutMs)
    const reply = this.channel.decode(grpcCalls.ModelInfer.responseDeserialize, bytes) as InferReply
    const { raw } = readReply(reply, model, 1, this.address)
    return checkedVectors(raw, 1, model.dimension, this.address).vectors
  }

  async close(): Promise<void> {
    this.channel.close()
    this.inference.close()
    await Promise.resolve()
  }
}

function keyOf(name: string, version: string | null): string {
  return `${name}/${version ?? ''}`
}
