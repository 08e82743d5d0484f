import type { InputOffer, ServerReport } from '../../../shared/contract/servers.ts'
import { isCancellation, TwinlensError } from '../../../shared/errors.ts'
import { exposureOf } from './exposure.ts'
import { HttpChannel } from './http-channel.ts'
import type { InferenceClient, InputRecipe, ServerAccess, ServerConnection } from './inference-client.ts'
import { findModels, type FoundModels } from './kserve-find-models.ts'
import { bytesBody, readInferReply } from './kserve-infer.ts'
import { judgeReadiness } from './kserve-readiness.ts'
import { offersOf, type KserveModel } from './kserve-model.ts'
import { parseJson, ServerMetadata } from './kserve-shapes.ts'
import { checkedVectors } from './reply-check.ts'
import { fromHttpStatus } from './server-errors.ts'
import { askTimeoutMs, infoLimit, replyLimit, sendTimeoutMs } from './send-limits.ts'
import { emptyReport, medianRoundTrip, reportOfFailure } from './server-report.ts'
import { headerLengthOf, inferHeaders, modelPath, TritonHttpClient } from './triton-http-client.ts'
import { askModel, httpQuestions } from './triton-http-models.ts'
import { askGpus } from './triton-http-gpus.ts'
import { tryModel } from './triton-http-trial.ts'

/**
 * @throws TwinlensError `invalid-request`: the address, a header, the certificate or the proxy setting can't be used
 */
export function openTritonHttp(access: ServerAccess): ServerConnection {
  return new TritonHttpConnection(access)
}

class TritonHttpConnection implements ServerConnection {
  readonly kind = 'triton'
  readonly address: string
  private readonly access: ServerAccess
  private readonly channel: HttpChannel
  private readonly known = new Map<string, Promise<KserveModel>>()

  constructor(access: ServerAccess) {
    this.access = access
    this.channel = new HttpChannel(access)
    this.address = this.channel.errors.address
  }

  async inspect(signal?: AbortSignal): Promise<ServerReport> {
    const exposure = exposureOf(this.channel.address)
    try {
      const metadata = await this.askServer(signal)
      const [found, isServerReady, gpus] = await Promise.all([
        this.findModels(signal),
        this.isOk('/v2/health/ready', signal),
        askGpus(this.access, signal),
      ])
      const roundTripMs = await medianRoundTrip(async () => void (await this.isOk('/v2/health/live', signal)))
      const takesBinary = metadata.extensions.length === 0 || metadata.extensions.includes('binary_tensor_data')
      const readiness = await judgeReadiness(found, isServerReady, this.address, (model) =>
        tryModel(this.channel, model, signal),
      )
      this.remember(readiness.models)
      return {
        ...emptyReport(exposure),
        reachable: true,
        ready: readiness.problem === null,
        roundTripMs,
        server: { name: metadata.name, version: metadata.version ?? null },
        device: readiness.models[0]?.device ?? 'not told',
        gpus: gpus.gpus,
        offers: readiness.models.flatMap((model) => offersOf(model, 'http', takesBinary)),
        notes: [...found.notes, ...readiness.notes, ...gpus.notes],
        problem: readiness.problem,
      }
    } catch (error) {
      return reportOfFailure(error, exposure)
    }
  }

  private async askServer(signal: AbortSignal | undefined): Promise<ServerMetadata> {
    const reply = await this.channel.exchange({ method: 'GET', path: '/v2', ...question(signal) })
    if (reply.status === 404 || reply.status === 405) {
      throw new TwinlensError(
        'server-nonsense',
        `${this.address} answers, but not as Triton does: it knows no /v2. Check the port (8003 is usual) and the path.`,
      )
    }
    if (reply.status !== 200) throw fromHttpStatus(reply.status, reply.body, this.channel.errors)
    return parseJson(ServerMetadata, reply.body, 'its description of itself', this.address)
  }

  private async findModels(signal: AbortSignal | undefined): Promise<FoundModels> {
    return findModels(httpQuestions(this.channel, signal), this.access.model ?? null)
  }

  private async isOk(path: string, signal: AbortSignal | undefined): Promise<boolean> {
    const reply = await this.channel.exchange({ method: 'GET', path, ...question(signal) })
    return reply.status === 200
  }

  private remember(models: readonly KserveModel[]): void {
    this.known.clear()
    for (const model of models) this.known.set(keyOf(model.name, model.version), Promise.resolve(model))
  }

  async isReady(signal?: AbortSignal): Promise<boolean> {
    try {
      if (await this.isOk('/v2/health/ready', signal)) return true
      // See [Note: Triton's two kinds of ready].
      for (const model of await this.models(signal)) {
        if ((await tryModel(this.channel, model, signal)) === null) return true
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
    return new TritonHttpClient(this.channel, offer, recipe, () => this.model(offer))
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
    const body = bytesBody(model, model.batched ? [1, ...item] : item, [picture])
    const reply = await this.channel.ask({
      method: 'POST',
      path: `${modelPath(model.name, model.version)}/infer`,
      headers: inferHeaders(this.channel, body),
      body: body.bytes,
      signal,
      timeoutMs: sendTimeoutMs,
      maxBytes: replyLimit(1, model),
    })
    const { raw } = readInferReply(reply.body, headerLengthOf(reply.headers), model, 1, this.address)
    return checkedVectors(raw, 1, model.dimension, this.address).vectors
  }

  async close(): Promise<void> {
    await this.channel.close()
  }
}

function keyOf(name: string, version: string | null): string {
  return `${name}/${version ?? ''}`
}

function question(signal: AbortSignal | undefined): {
  signal: AbortSignal | undefined
  timeoutMs: number
  maxBytes: number
} {
  return { signal, timeoutMs: askTimeoutMs, maxBytes: infoLimit }
}
