import type { InputOffer } from '../../../shared/contract/servers.ts'
import { TwinlensError } from '../../../shared/errors.ts'
import type { KserveModel } from './kserve-model.ts'

/** The model that a client was made for, as the server describes it: asked when it is first needed, and kept. */
export class OfferedModel {
  private readonly offer: InputOffer
  private readonly address: string
  private readonly ask: () => Promise<KserveModel>
  private known: KserveModel | null = null

  constructor(offer: InputOffer, address: string, ask: () => Promise<KserveModel>) {
    this.offer = offer
    this.address = address
    this.ask = ask
  }

  /** @throws TwinlensError what `ask` throws; `invalid-request` when it takes something else than was offered */
  async get(): Promise<KserveModel> {
    if (this.known !== null) return this.known
    const model = await this.ask()
    const { format } = this.offer
    if (model.format !== (format === 'json-fp32' ? 'fp32' : format)) {
      throw new TwinlensError(
        'invalid-request',
        `The model ${model.name} on ${this.address} takes ${model.format}, not ${format}. Test the server again.`,
      )
    }
    this.known = model
    return model
  }
}
