import { asTwinlensError, isCancellation, type TwinlensError } from '../../../shared/errors.ts'
import type { HttpChannel } from './http-channel.ts'
import type { InputRecipe } from './inference-client.ts'
import { binaryBody, readInferReply } from './kserve-infer.ts'
import type { KserveModel } from './kserve-model.ts'
import { askTimeoutMs, replyLimit } from './send-limits.ts'
import { headerLengthOf, inferHeaders, modelPath } from './triton-http-client.ts'

/** A grey JPEG of 8 × 8. */
const greyJpeg = Buffer.from(
  '/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAIAAgDASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AAA//2Q==',
  'base64',
)
/** For a model that takes pictures of any size. */
const anySize = 224

/** What a grey picture becomes is of no interest; that it becomes something is. */
export function recipeFor({ width, height }: KserveModel): InputRecipe {
  return {
    preprocessing: {
      id: 'trial',
      width: width ?? anySize,
      height: height ?? anySize,
      resize: 'stretch',
      kernel: 'bicubic',
      layout: 'NCHW',
      channels: 'RGB',
      scale: 1 / 255,
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
    },
    codec: { jpeg: () => Promise.resolve(greyJpeg), png: () => Promise.resolve(greyJpeg) },
  }
}

/** A blank picture of the recipe's size. */
export function greyPicture({ preprocessing: { width, height } }: InputRecipe): Uint8Array {
  return new Uint8Array(width * height * 3).fill(128)
}

/**
 * Embeds one blank picture.
 *
 * @returns null when it worked, else why not
 * @throws TwinlensError `cancelled`
 */
export async function tryModel(
  channel: HttpChannel,
  model: KserveModel,
  signal: AbortSignal | undefined,
): Promise<TwinlensError | null> {
  try {
    const recipe = recipeFor(model)
    const body = await binaryBody(model, [greyPicture(recipe)], recipe)
    const reply = await channel.ask({
      method: 'POST',
      path: `${modelPath(model.name, model.version)}/infer`,
      headers: inferHeaders(channel, body),
      body: body.bytes,
      signal,
      timeoutMs: askTimeoutMs,
      maxBytes: replyLimit(1, model),
    })
    readInferReply(reply.body, headerLengthOf(reply.headers), model, 1, channel.errors.address)
    return null
  } catch (error) {
    if (isCancellation(error)) throw error
    return asTwinlensError(error)
  }
}
