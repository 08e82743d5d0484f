import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { openCatalog } from '../../../src/engine/catalog/catalog.ts'
import type { FileRecord } from '../../../src/engine/catalog/record-batch.ts'
import { analysePhoto } from '../../../src/engine/imaging/analyse.ts'
import { defaultDecodeLimits as limits } from '../../../src/engine/imaging/limits.ts'
import { sharp } from '../../../src/engine/imaging/sharp.ts'
import { emptyMetadata } from '../../../src/shared/contract/photo.ts'
import { createRandom } from '../../fixtures/generator/random.ts'
import { madeUpHashes, madeUpScenes } from './made-up-library.ts'
import { answer, subjectInput } from './subject.ts'

/**
 * Fills a catalog with photos as a scan would have recorded them: vectors of made-up scenes (those of `bordered` photos with a
 * second one, of the picture within a border), made-up hashes, and the thumbnail and luma of one of a pool of real pictures. One photo in fifty is a copy
 * of an earlier one: the same picture encoded anew, its vector near, its hash near (every other one) or far. All but `withoutTime` of
 * them know when they were taken; copies know the time of what they are copies of. The same `total` gives the same library; only photos `from` to `to` are recorded.
 */
const { folder, total, from, to, withoutTime, bordered } = z
  .object({
    folder: z.string(),
    total: z.number(),
    from: z.number(),
    to: z.number(),
    withoutTime: z.number(),
    bordered: z.number(),
  })
  .parse(subjectInput())

const dimension = 1280
const [copies, poolSize, batchSize] = [0.02, 400, 64]

interface PoolPicture {
  luma: Uint8Array
  /** As a camera and as a messenger wrote it. */
  thumbnails: readonly [Uint8Array, Uint8Array]
}

/** Windows of the test photos, no one inside another. */
async function makePool(): Promise<PoolPicture[]> {
  const photos = new URL('../../fixtures/photos/', import.meta.url)
  const names = readdirSync(photos).filter((name) => name.endsWith('.jpg'))
  const random = createRandom('pool')
  const pool: PoolPicture[] = []
  while (pool.length < poolSize) {
    const name = names[pool.length % names.length] ?? ''
    const { data, info } = await sharp(fileURLToPath(new URL(name, photos)), { failOn: 'none' })
      .rotate()
      .resize(640, 480, { fit: 'cover' })
      .toBuffer({ resolveWithObject: true })
    const [left, top] = [random.integer(0, info.width - 320), random.integer(0, info.height - 240)]
    const window = sharp(data).extract({ left, top, width: 320, height: 240 })
    const thumbnails = [
      await window.clone().jpeg({ quality: 80 }).toBuffer(),
      await window.clone().jpeg({ quality: 55 }).toBuffer(),
    ] as const
    const { signature } = await analysePhoto(thumbnails[0], { preprocessing: null, limits })
    pool.push({ luma: signature.luma, thumbnails })
  }
  return pool
}

const pool = await makePool()
const { vectors, copyOf } = madeUpScenes(total, dimension, copies)
const hashes = new Uint8Array(madeUpHashes(total, 'library').buffer)
const catalog = openCatalog(folder)
const folderId = catalog.folders.add('/library')
const [spaceId, frameSpaceId] = [catalog.embeddings.space('made-up'), catalog.embeddings.space('made-up|frame')]
const scanId = catalog.photos.nextScanId()
const random = createRandom('library')

/** What a copy was a copy of in the first place. */
function rootOf(photo: number): number {
  const earlier = copyOf[photo] ?? -1
  return earlier < 0 ? photo : rootOf(earlier)
}

function hashOf(photo: number): Uint8Array {
  const root = rootOf(photo)
  if (root === photo || photo % 2 === 1) return hashes.slice(8 * photo, 8 * photo + 8)
  const hash = hashes.slice(8 * root, 8 * root + 8)
  hash[3] = (hash[3] ?? 0) ^ 0b101
  return hash
}

const startMs = Date.UTC(2015, 0, 1)
/** Not by quarters of an hour, which would count as other time zones. */
const secondsApart = 1807
function recordOf(photo: number): FileRecord {
  const isCopy = rootOf(photo) !== photo
  const picture = pool[(rootOf(photo) * 7) % poolSize]
  if (picture === undefined) throw new Error('an empty pool')
  const takenAt = random.chance(withoutTime)
    ? null
    : new Date(startMs + rootOf(photo) * secondsApart * 1000).toISOString().slice(0, 19)
  const vector = vectors.slice(photo * dimension, (photo + 1) * dimension)
  const contentHash = new Uint8Array(16)
  new DataView(contentHash.buffer).setFloat64(0, photo + 1)
  return {
    folderId,
    path: isCopy ? `/library/${photo} copy of ${rootOf(photo)}.jpg` : `/library/${photo}.jpg`,
    stamp: { bytes: 2_000_000 + photo, modifiedNs: BigInt(photo), device: 1n, inode: BigInt(photo + 1), links: 1 },
    scanId,
    outcome: {
      kind: 'photo',
      contentHash,
      embedding: { spaceId, vector },
      frameEmbedding: random.chance(bordered)
        ? { spaceId: frameSpaceId, vector: vector.map((value) => value * random.between(0.98, 1.02)) }
        : null,
      analysis: {
        format: 'jpeg',
        width: isCopy ? 1600 : 4000,
        height: isCopy ? 1200 : 3000,
        orientation: 1,
        truncated: false,
        metadata: { ...emptyMetadata, takenAt, cameraMake: 'Acme', cameraModel: 'Wide 24' },
        quality: { sharpness: 100, brightness: 120, contrast: 50, jpegQuality: 90 },
        signature: {
          pHash: hashOf(photo),
          rowHash: hashes.slice(8 * photo, 8 * photo + 8),
          columnHash: hashes.slice(8 * photo, 8 * photo + 8),
          luma: picture.luma,
        },
        pixelHash: contentHash,
        thumbnail: picture.thumbnails[isCopy ? 1 : 0],
        modelPixels: null,
        framePixels: null,
      },
    },
  }
}

for (let first = from; first < to; first += batchSize) {
  const end = Math.min(to, first + batchSize)
  catalog.photos.record(Array.from({ length: end - first }, (_, k) => recordOf(first + k)))
}
const size = catalog.size()
catalog.close()
answer({ catalogBytes: size.catalog, thumbnailBytes: size.thumbnails })
process.exit(0)
