import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { TwinlensError, unreadableCodes } from '../../shared/errors.ts'
import { analysePhoto } from './analyse.ts'
import { defaultDecodeLimits as limits } from './limits.ts'
import { sharp } from './sharp.ts'
import { renderView } from './view.ts'

// Real: the decoders, fed with damaged and hostile bytes. Damage is seeded, so a failure can be repeated.

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A few bytes changed, or a piece cut out, or the end cut off. */
function damage(bytes: Buffer, seed: number): Buffer {
  const next = random(seed)
  const at = (): number => Math.floor(next() ** 2 * bytes.length) // headers more often
  const result = Buffer.from(bytes)
  for (let i = Math.floor(next() * 12); i >= 0; i--) result[at()] = Math.floor(next() * 256)
  if (seed % 3 === 0) return result.subarray(0, 16 + at())
  if (seed % 3 === 1) {
    const from = at()
    return Buffer.concat([result.subarray(0, from), result.subarray(from + Math.floor(next() * 200))])
  }
  return result
}

const picture = await sharp(readFileSync(new URL('../../../test/fixtures/photos/coffee.png', import.meta.url)))
  .resize(120, 90)
  .withExif({ IFD0: { Make: 'x' } })
  .png()
  .toBuffer()

describe('damaged bytes never crash or hang', () => {
  const formats = ['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif'] as const
  test.for(formats)('%s, 60 ways', async (format) => {
    const bytes = await sharp(picture).keepExif().toFormat(format, { effort: 1 }).toBuffer()
    let shown = 0
    for (let seed = 1; seed <= 60; seed++) {
      try {
        const result = await analysePhoto(damage(bytes, seed), {
          preprocessing: null,
          limits: { ...limits, seconds: 5 },
        })
        expect(result.thumbnail.length).toBeGreaterThan(100)
        shown++
      } catch (error) {
        expect(error).toBeInstanceOf(TwinlensError)
        expect(unreadableCodes).toContain((error as TwinlensError).code)
      }
    }
    expect(shown).toBeLessThan(60)
  })

  test('HEIC, 30 ways', async () => {
    const bytes = readFileSync(new URL('../../../test/fixtures/photos/cheers.heic', import.meta.url))
    for (let seed = 1; seed <= 30; seed++) {
      await analysePhoto(damage(bytes, seed), { preprocessing: null, limits: { ...limits, seconds: 5 } }).catch(
        (error: unknown) => expect(unreadableCodes).toContain((error as TwinlensError).code),
      )
    }
    // The pool still works after all that.
    expect(await analysePhoto(bytes, { preprocessing: null, limits })).toMatchObject({ format: 'heic', width: 1440 })
  })
})

function chunk(type: string, data: Buffer): Buffer {
  const result = Buffer.alloc(12 + data.length)
  result.writeUInt32BE(data.length, 0)
  result.write(type, 4, 'latin1')
  data.copy(result, 8)
  return result // The checksum is left wrong: nothing should get far enough to read it.
}

function hugePng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(4_000_000)))])
}

describe('bombs', () => {
  test('a picture that claims 900 megapixels is refused before anything is decoded', async () => {
    const before = process.memoryUsage().rss
    const start = performance.now()
    for (const act of [
      () => analysePhoto(hugePng(30_000, 30_000), { preprocessing: null, limits }),
      () => renderView(hugePng(30_000, 30_000), { maxSide: 1000, limits }),
    ]) {
      await expect(act()).rejects.toMatchObject({ code: 'too-large' })
    }
    expect(performance.now() - start).toBeLessThan(2000)
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })

  test('a large picture within the limit streams: memory stays far below its pixels', async () => {
    const big = await sharp({ create: { width: 12_000, height: 10_000, channels: 3, background: '#345' } })
      .png({ compressionLevel: 1 })
      .toBuffer()
    const before = process.memoryUsage().rss
    let most = before
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20)
    const result = await analysePhoto(big, { preprocessing: null, limits })
    clearInterval(watch)
    expect(result).toMatchObject({ width: 12_000, height: 10_000 })
    expect(most - before).toBeLessThan(180_000_000) // its pixels are 360 MB
  })

  test('a HEIC larger than allowed is refused by its header, and a slow one is stopped', async () => {
    const bytes = readFileSync(new URL('../../../test/fixtures/photos/cheers.heic', import.meta.url))
    const small = { ...limits, maxBufferedPixels: 1_000_000 }
    await expect(analysePhoto(bytes, { preprocessing: null, limits: small })).rejects.toMatchObject({
      code: 'too-large',
    })
    const hasty = { ...limits, seconds: 0.001 }
    await expect(analysePhoto(bytes, { preprocessing: null, limits: hasty })).rejects.toMatchObject({
      code: 'decode-timeout',
    })
    expect(await analysePhoto(bytes, { preprocessing: null, limits })).toMatchObject({ width: 1440 })
  })

  test('a file with too many bytes is refused', async () => {
    const few = { ...limits, maxBytes: 1000 }
    await expect(analysePhoto(picture, { preprocessing: null, limits: few })).rejects.toMatchObject({
      code: 'too-large',
    })
  })
})
