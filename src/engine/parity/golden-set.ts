import type { Preprocessing } from '../../shared/contract/photo.ts'
import { displayPath, type FilePath } from '../../shared/domain/file-path.ts'
import { isCancellation, throwIfCancelled } from '../../shared/errors.ts'
import { nameOf } from '../files/native-path.ts'
import { readWhole } from '../files/read.ts'
import { analysePhoto } from '../imaging/analyse.ts'
import { goldenPictures, type GoldenPicture } from '../imaging/golden-pictures.ts'
import { defaultDecodeLimits } from '../imaging/limits.ts'

/** A picture to be compared on: the model's pixels as scans make them, and the file where a server could take it. */
export interface ParityPicture {
  name: string
  /** Height × width × 3 bytes RGB. */
  pixels: Uint8Array
  /** Null for formats that not every server opens, and for files too large to be sent around for a check. */
  file: Pick<GoldenPicture, 'type' | 'bytes'> | null
  traits: GoldenPicture['traits']
  own: boolean
}

/** Files over this are not sent whole. */
const mostFileBytes = 12e6

/**
 * The golden set and the person's photos, through the very path that scans take. Photos that can't be read are left out.
 *
 * @param golden all of the golden set, or the few of a quick look
 * @param onDone told after each picture
 * @throws TwinlensError `cancelled`
 */
export async function collectPictures(
  preprocessing: Preprocessing,
  golden: 'all' | 'quick',
  ownPhotos: readonly FilePath[],
  signal: AbortSignal | undefined,
  onDone: (pictures: number) => void,
): Promise<ParityPicture[]> {
  const pictures: ParityPicture[] = []
  for await (const picture of goldenPictures(golden === 'quick')) {
    throwIfCancelled(signal)
    const { modelPixels } = await analyse(picture.bytes, preprocessing, signal)
    if (modelPixels === null) continue
    const { name, type, bytes, traits } = picture
    pictures.push({ name, pixels: modelPixels, file: { type, bytes }, traits, own: false })
    onDone(pictures.length)
  }
  for (const path of ownPhotos) {
    const picture = await ownPicture(path, preprocessing, signal)
    if (picture !== null) pictures.push(picture)
    onDone(pictures.length)
  }
  return pictures
}

async function ownPicture(
  path: FilePath,
  preprocessing: Preprocessing,
  signal: AbortSignal | undefined,
): Promise<ParityPicture | null> {
  try {
    const { bytes } = await readWhole(path, null, { maxBytes: defaultDecodeLimits.maxBytes, signal })
    const { format, modelPixels, orientation } = await analyse(bytes, preprocessing, signal)
    if (modelPixels === null) return null
    const sendable = (format === 'jpeg' || format === 'png') && bytes.length <= mostFileBytes
    return {
      name: displayPath(nameOf(path)),
      pixels: modelPixels,
      file: sendable ? { type: format === 'jpeg' ? 'image/jpeg' : 'image/png', bytes } : null,
      // Whether a PNG is transparent is not told by its analysis; it may be.
      traits: { turned: orientation !== 1, transparent: format === 'png' },
      own: true,
    }
  } catch (error) {
    if (isCancellation(error)) throw error
    return null
  }
}

function analyse(
  bytes: Buffer,
  preprocessing: Preprocessing,
  signal: AbortSignal | undefined,
): ReturnType<typeof analysePhoto> {
  return analysePhoto(bytes, {
    preprocessing,
    limits: defaultDecodeLimits,
    ...(signal === undefined ? {} : { signal }),
  })
}
