import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pathToBytes } from '../../shared/domain/path-bytes.ts'
import { fromNativePath, joinPath, toNativePath } from './native-path.ts'

const nameBytes = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.string({ unit: 'binary', minLength: 1 }).map((text) => new TextEncoder().encode(text)),
    // Close to valid UTF-8, where a decoder goes wrong: surrogates, overlong forms, cut sequences.
    fc
      .array(fc.constantFrom(0x41, 0x80, 0xa0, 0xbf, 0xc0, 0xc3, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff), {
        minLength: 1,
      })
      .map((bytes) => Uint8Array.from(bytes)),
  )
  .filter((bytes) => !bytes.includes(0) && !bytes.includes(0x2f))

test('every byte string that can be a name survives as a path, JSON included', () => {
  fc.assert(
    fc.property(nameBytes, (bytes) => {
      const path = JSON.parse(JSON.stringify(fromNativePath(Buffer.from(bytes)))) as string
      expect([...pathToBytes(path)]).toEqual([...bytes])
    }),
    { numRuns: 2000 },
  )
})

test('paths read as Python reads them (surrogateescape)', () => {
  const read = (...bytes: number[]) => fromNativePath(Buffer.from(bytes))
  expect(read(0x61, 0xff, 0x62)).toBe('a\udcffb')
  expect(read(0xed, 0xa0, 0x80)).toBe('\udced\udca0\udc80')
  expect(read(0xc0, 0xaf)).toBe('\udcc0\udcaf')
  expect(read(0xef, 0xbb, 0xbf, 0x61)).toBe('\ufeffa')
  expect(read(0xf0, 0x9f, 0x93, 0xb7)).toBe('📷')
})

test.runIf(process.platform === 'linux')('the file system takes and gives such names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'twinlens-names-'))
  const path = joinPath(folder, 'caf\udce9 \udcff.jpg')
  writeFileSync(toNativePath(path), 'x')
  const [name] = readdirSync(folder, { encoding: 'buffer' })
  expect(joinPath(folder, fromNativePath(Buffer.from(name ?? [])))).toBe(path)
  rmSync(folder, { recursive: true })
})
