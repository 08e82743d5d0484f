import type { InputOffer, ServerReport } from '../../../shared/contract/servers.ts'
import { isCancellation } from '../../../shared/errors.ts'
import { exposureOf } from './exposure.ts'
import { HttpChannel } from './http-channel.ts'
import type { InferenceClient, InputRecipe, ServerAccess, ServerConnection } from './inference-client.ts'
import { base64Body, multipartBody, type PictureType } from './pytorch-body.ts'
import { PytorchClient, sendUntouched } from './pytorch-client.ts'
import { askGpus, askHealth, askModelInfo, askWays, offersFor } from './pytorch-inspect.ts'
import { emptyReport, medianRoundTrip, reportOfFailure } from './server-report.ts'
import { sendTimeoutMs } from './send-limits.ts'

/**
 * @throws TwinlensError `invalid-request`: the address, a header, the certificate or the proxy setting can't be used
 */
export function openPytorch(access: ServerAccess): ServerConnection {
  return new PytorchConnection(access)
}

class PytorchConnection implements ServerConnection {
  readonly kind = 'pytorch'
  readonly address: string
  private readonly channel: HttpChannel
  private offers: InputOffer[] | null = null

  constructor(access: ServerAccess) {
    this.channel = new HttpChannel(access)
    this.address = this.channel.errors.address
  }

  async inspect(signal?: AbortSignal): Promise<ServerReport> {
    const exposure = exposureOf(this.channel.address)
    try {
      const isHealthy = await askHealth(this.channel, signal)
      const [info, ways, gpus] = await Promise.all([
        askModelInfo(this.channel, signal),
        askWays(this.channel, signal),
        askGpus(this.channel, signal),
      ])
      const roundTripMs = await medianRoundTrip(async () => void (await askHealth(this.channel, signal)))
      this.offers = offersFor(info, ways)
      const problem = this.problemOf(isHealthy)
      return {
        ...emptyReport(exposure),
        reachable: true,
        ready: problem === null,
        roundTripMs,
        server: { name: info.server ?? ways.title ?? 'PyTorch', version: info.version ?? ways.version },
        device: info.device ?? 'not told',
        gpus: gpus.gpus,
        offers: this.offers,
        notes: gpus.notes,
        problem,
      }
    } catch (error) {
      return reportOfFailure(error, this.channel.address)
    }
  }

  private problemOf(isHealthy: boolean): ServerReport['problem'] {
    if (!isHealthy) {
      const message = `${this.address} is there and says that it is not healthy. Try again in a moment, or look into its log.`
      return { code: 'server-not-ready', message }
    }
    if (this.offers?.length === 0) {
      const message = `${this.address} answers, and offers neither /embed/base64 nor /embed/batch. Check the port (8002 is usual) and the path.`
      return { code: 'not-found', message }
    }
    return null
  }

  async isReady(signal?: AbortSignal): Promise<boolean> {
    try {
      return await askHealth(this.channel, signal)
    } catch (error) {
      if (isCancellation(error)) throw error
      return false
    }
  }

  client(offer: InputOffer, recipe: InputRecipe): InferenceClient {
    return new PytorchClient(this.channel, offer, recipe)
  }

  async embedEncoded(picture: Uint8Array, type: PictureType, signal?: AbortSignal): Promise<Float32Array | null> {
    const offers =
      this.offers ?? offersFor(await askModelInfo(this.channel, signal), await askWays(this.channel, signal))
    this.offers = offers
    const asForm = offers.find(({ format }) => format === 'multipart-jpeg')
    const offer = asForm ?? offers[0]
    if (offer === undefined) return null
    const body = asForm === undefined ? base64Body([picture]) : multipartBody([picture], type)
    return sendUntouched(this.channel, body, offer, { signal, timeoutMs: sendTimeoutMs })
  }

  async close(): Promise<void> {
    await this.channel.close()
  }
}
