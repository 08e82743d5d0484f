import type { InputOffer, ServerReport, Transport } from '../../../shared/contract/servers.ts'
import { isCancellation, type TwinlensError } from '../../../shared/errors.ts'
import { exposureOf } from './exposure.ts'
import type { InferenceClient, InputRecipe, ServerAccess, ServerConnection } from './inference-client.ts'
import { findModels, type FoundModels, type ModelQuestions } from './kserve-find-models.ts'
import { judgeReadiness } from './kserve-readiness.ts'
import { offersOf, type KserveModel } from './kserve-model.ts'
import type { ServerMetadata } from './kserve-shapes.ts'
import { checkedVectors } from './reply-check.ts'
import type { ServerAddress } from './server-address.ts'
import { emptyReport, medianRoundTrip, reportOfFailure } from './server-report.ts'
import { askGpus } from './triton-http-gpus.ts'

/** What HTTP and gRPC do each in its own way; everything throws the client's codes. */
export interface TritonWire {
  readonly transport: Transport
  readonly address: ServerAddress
  describe(signal: AbortSignal | undefined): Promise<ServerMetadata>
  /** A question that does no work. */
  ping(signal: AbortSignal | undefined): Promise<void>
  /** Whether the server calls itself ready. */
  isReady(signal: AbortSignal | undefined): Promise<boolean>
  /** Whether tensors may be sent as they are, and not as JSON only. */
  takesBinary(server: ServerMetadata): boolean
  questions(signal: AbortSignal | undefined): ModelQuestions
  /** Embeds one blank picture; null when it worked. Throws `cancelled` only. */
  tryModel(model: KserveModel, signal: AbortSignal | undefined): Promise<TwinlensError | null>
  client(offer: InputOffer, recipe: InputRecipe, askModel: () => Promise<KserveModel>): InferenceClient
  /** One encoded picture through a model that takes such; its vector as it came. */
  inferEncoded(
    model: KserveModel,
    shape: readonly number[],
    picture: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array>
  close(): Promise<void>
}

/** One address of a Triton server, whatever the transport. */
export class TritonConnection implements ServerConnection {
  readonly kind = 'triton'
  readonly address: string
  private readonly access: ServerAccess
  private readonly wire: TritonWire
  private readonly known = new Map<string, Promise<KserveModel>>()

  constructor(access: ServerAccess, wire: TritonWire, address: string) {
    this.access = access
    this.wire = wire
    this.address = address
  }

  async inspect(signal?: AbortSignal): Promise<ServerReport> {
    const { wire } = this
    const exposure = exposureOf(wire.address)
    try {
      const server = await wire.describe(signal)
      const [found, isServerReady, gpus] = await Promise.all([
        this.findModels(signal),
        wire.isReady(signal),
        askGpus(this.access, signal),
      ])
      const roundTripMs = await medianRoundTrip(async () => wire.ping(signal))
      const readiness = await judgeReadiness(found, isServerReady, this.address, (model) =>
        wire.tryModel(model, signal),
      )
      this.remember(readiness.models)
      const takesBinary = wire.takesBinary(server)
      return {
        ...emptyReport(exposure),
        reachable: true,
        ready: readiness.problem === null,
        roundTripMs,
        server: { name: server.name, version: server.version ?? null },
        device: readiness.models[0]?.device ?? 'not told',
        gpus: gpus.gpus,
        offers: readiness.models.flatMap((model) => offersOf(model, wire.transport, takesBinary)),
        notes: [...found.notes, ...readiness.notes, ...gpus.notes],
        problem: readiness.problem,
      }
    } catch (error) {
      return reportOfFailure(error, wire.address)
    }
  }

  async isReady(signal?: AbortSignal): Promise<boolean> {
    try {
      if (await this.wire.isReady(signal)) return true
      // See [Note: Triton's two kinds of ready].
      for (const model of await this.models(signal)) {
        if ((await this.wire.tryModel(model, signal)) === null) return true
      }
      return false
    } catch (error) {
      if (isCancellation(error)) throw error
      return false
    }
  }

  client(offer: InputOffer, recipe: InputRecipe): InferenceClient {
    return this.wire.client(offer, recipe, () => this.model(offer))
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
    const raw = await this.wire.inferEncoded(model, model.batched ? [1, ...item] : item, picture, signal)
    return checkedVectors(raw, 1, model.dimension, this.address).vectors
  }

  close(): Promise<void> {
    return this.wire.close()
  }

  private findModels(signal: AbortSignal | undefined): Promise<FoundModels> {
    return findModels(this.wire.questions(signal), this.access.model ?? null)
  }

  private remember(models: readonly KserveModel[]): void {
    this.known.clear()
    for (const model of models) this.known.set(keyOf(model.name, model.version), Promise.resolve(model))
  }

  private async models(signal: AbortSignal | undefined): Promise<KserveModel[]> {
    if (this.known.size === 0) this.remember((await this.findModels(signal)).models)
    return Promise.all(this.known.values())
  }

  private model({ model, version }: InputOffer): Promise<KserveModel> {
    const key = keyOf(model, version)
    const known = this.known.get(key)
    if (known !== undefined) return known
    const asked = this.wire.questions(undefined).describe(model, version)
    this.known.set(key, asked)
    // A failure must not be remembered: the server may come back.
    asked.catch(() => this.known.delete(key))
    return asked
  }
}

function keyOf(name: string, version: string | null): string {
  return `${name}/${version ?? ''}`
}
