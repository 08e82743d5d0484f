import { createHash } from 'node:crypto'
import { emptyMetadata } from '../../shared/contract/photo.ts'
import type { FilePath, FileStamp } from '../../shared/domain/file-path.ts'
import type { FileRecord } from './record-batch.ts'

/** Made-up but complete records for this room's tests. */

export function sampleHash(seed: string | number): Uint8Array {
  return new Uint8Array(createHash('md5').update(String(seed)).digest())
}

export function sampleStamp(change: Partial<FileStamp> = {}): FileStamp {
  return {
    bytes: 1000,
    modifiedNs: 1_700_000_000_123_456_789n,
    device: 2049n,
    // Above the signed range on purpose: Windows and some network file systems have such numbers.
    inode: 0xffff_ffff_ffff_fff0n,
    links: 1,
    ...change,
  }
}

/** Hashes, luma and thumbnail are taken from the seed, so that a test can tell them apart. */
export function samplePhoto(
  place: { folderId: number; path: FilePath; scanId: number },
  seed: string | number,
  embedding: { spaceId: number; vector: Float32Array } | null = null,
): FileRecord {
  const hash = sampleHash(seed)
  return {
    ...place,
    stamp: sampleStamp(),
    outcome: {
      kind: 'photo',
      contentHash: hash,
      embedding,
      analysis: {
        format: 'jpeg',
        width: 4000,
        height: 3000,
        orientation: 6,
        truncated: false,
        metadata: { ...emptyMetadata, takenAt: '2023-05-06T07:08:09', utcOffset: '+02:00', cameraModel: 'X100' },
        quality: { sharpness: 120, brightness: 90, contrast: 40, jpegQuality: 92 },
        signature: {
          pHash: hash.subarray(0, 8),
          rowHash: hash.subarray(8, 16),
          columnHash: hash.subarray(4, 12),
          luma: new Uint8Array(1024).fill(hash[0] ?? 0),
        },
        pixelHash: sampleHash(`pixels ${seed}`),
        thumbnail: new Uint8Array(500).fill(hash[1] ?? 0),
        modelPixels: null,
        framePixels: null,
      },
    },
  }
}
