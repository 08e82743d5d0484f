import { analysePhoto } from '../../src/engine/imaging/analyse.ts'
import { defaultDecodeLimits } from '../../src/engine/imaging/limits.ts'
import { sniffFormat } from '../../src/engine/imaging/sniff.ts'
import { renderView } from '../../src/engine/imaging/view.ts'
import { PhotoMetadata } from '../../src/shared/contract/photo.ts'
import { TwinlensError, unreadableCodes } from '../../src/shared/errors.ts'

/** What a photo may cost here: small pictures, so that a size that lies shows up as one. */
export const fuzzLimits = { ...defaultDecodeLimits, maxPixels: 20_000_000, maxBufferedPixels: 10_000_000, seconds: 10 }

/** `shown`: decoded; `listed`: refused with a reason that a scan can list. */
export type Verdict = 'shown' | 'listed'

/**
 * Puts a file through all that a scan and the viewer do with it. Throws where the outcome is neither a sound analysis nor a
 * reason that can be listed: a finding.
 */
export async function tryFile(bytes: Buffer): Promise<Verdict> {
  sniffFormat(bytes.subarray(0, 64))
  const shown = await orListed(async () => {
    const { width, height, thumbnail, metadata, quality } = await analysePhoto(bytes, {
      preprocessing: null,
      limits: fuzzLimits,
    })
    PhotoMetadata.parse(metadata)
    const isSound = width >= 1 && height >= 1 && thumbnail.length > 100 && Number.isFinite(quality.sharpness)
    if (!isSound) throw new Error(`an analysis of ${width} × ${height} with ${thumbnail.length} bytes of thumbnail`)
  })
  await orListed(() => renderView(bytes, { maxSide: 200, limits: fuzzLimits }))
  return shown
}

async function orListed(act: () => Promise<unknown>): Promise<Verdict> {
  try {
    await act()
    return 'shown'
  } catch (error) {
    if (!(error instanceof TwinlensError) || !unreadableCodes.some((code) => code === error.code)) throw error
    if (error.message.length < 10) throw new Error(`no reason: ${error.message}`, { cause: error })
    return 'listed'
  }
}
