import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateLibrary, listSources } from '../fixtures/generate-library.ts'
import { openPicture } from '../fixtures/generator/picture.ts'
import { editKinds, type EditKind, type Truth } from '../fixtures/generator/truth.ts'

// Real: sharp, files on disk. The library that every quality figure rests on must be what its truth says.

const photos = fileURLToPath(new URL('../fixtures/photos', import.meta.url))
let folder: string
let truth: Truth

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-generated-'))
  const sources = (await listSources(photos)).slice(0, 6)
  truth = await generateLibrary({ sources, directory: folder, seed: 5, photos: 90, megapixels: [0.2, 0.4] })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const read = (path: string): Promise<Buffer> => readFile(join(folder, path))

function editAndBase(kind: EditKind): { edit: string; base: string } {
  const edit = truth.files.find((file) => file.kind === kind)
  const base = truth.files.find((file) => file.kind === 'base' && file.base === edit?.base)
  if (edit === undefined || base === undefined) throw new Error(`no ${kind} in the library`)
  return { edit: edit.path, base: base.path }
}

/** Mean absolute difference of two pictures as they are shown, at 64 × 64, in grey levels. */
async function difference(a: string, b: string): Promise<number> {
  const [first, second] = await Promise.all(
    [a, b].map(async (path) => {
      const { pixels, width, height } = await openPicture(join(folder, path))
      const raw = sharp(pixels, { raw: { width, height, channels: 3 } })
      return raw.resize(64, 64, { fit: 'fill' }).raw().toBuffer()
    }),
  )
  let sum = 0
  first?.forEach((value, i) => (sum += Math.abs(value - (second?.[i] ?? 0))))
  return sum / (64 * 64 * 3)
}

test('the truth lists every file once, every kind, and as many photos as asked for', async () => {
  expect(truth.files).toHaveLength(90)
  expect(new Set(truth.files.map(({ path }) => path)).size).toBe(90)
  expect(new Set(truth.files.map(({ kind }) => kind))).toEqual(new Set(['base', 'trap', ...editKinds]))
  for (const { path } of truth.files) expect((await sharp(join(folder, path)).metadata()).width).toBeGreaterThan(0)
})

test('an exact copy has the same bytes; a metadata-only one has others but the same pixels', async () => {
  const exact = editAndBase('exact')
  expect((await read(exact.edit)).equals(await read(exact.base))).toBe(true)
  const metadata = editAndBase('metadata-only')
  expect((await read(metadata.edit)).equals(await read(metadata.base))).toBe(false)
  const [edited, base] = await Promise.all(
    [metadata.edit, metadata.base].map((path) => openPicture(join(folder, path))),
  )
  expect(edited?.pixels.equals(base?.pixels ?? Buffer.alloc(0))).toBe(true)
})

test('edits that only store the picture differently are shown as their base, a mirrored one is not', async () => {
  for (const kind of ['re-encoded', 'format', 'resized', 'messenger', 'exif-rotated'] as const) {
    const { edit, base } = editAndBase(kind)
    expect(await difference(edit, base), kind).toBeLessThan(5)
  }
  const { edit, base } = editAndBase('mirrored')
  expect(await difference(edit, base)).toBeGreaterThan(8)
})

test('bases cut from one photo never overlap', () => {
  const bySource = Map.groupBy(truth.bases, ({ source }) => source)
  for (const bases of bySource.values()) {
    const regions = bases.map(({ region }) => region)
    if (regions.length > 1) expect(regions).not.toContain(null)
    regions.forEach((a, i) => {
      for (const b of regions.slice(i + 1)) {
        if (a === null || b === null) continue
        const apart =
          a.left + a.width <= b.left ||
          b.left + b.width <= a.left ||
          a.top + a.height <= b.top ||
          b.top + b.height <= a.top
        expect(apart, `${JSON.stringify(a)} and ${JSON.stringify(b)}`).toBe(true)
      }
    })
  }
})

test('the same seed gives the same bytes, another seed another library', async () => {
  const again = await mkdtemp(join(tmpdir(), 'twinlens-generated-'))
  try {
    const options = {
      sources: [join(photos, 'rocket.jpg')],
      directory: again,
      photos: 12,
      megapixels: [0.2, 0.3],
    } as const
    const kinds = ['re-encoded', 'colour', 'overlay'] as const
    const first = await generateLibrary({ ...options, directory: join(again, '1'), seed: 3, kinds, traps: [] })
    const second = await generateLibrary({
      ...options,
      directory: join(again, '2'),
      seed: 3,
      kinds,
      traps: [],
      parallel: 1,
    })
    expect(second).toEqual(first)
    for (const { path } of first.files) {
      expect((await readFile(join(again, '1', path))).equals(await readFile(join(again, '2', path))), path).toBe(true)
    }
    const other = await generateLibrary({ ...options, directory: join(again, '3'), seed: 4, kinds, traps: [] })
    const base = (library: Truth, part: string): Promise<Buffer> =>
      readFile(join(again, part, library.files.find(({ kind }) => kind === 'base')?.path ?? ''))
    expect((await base(other, '3')).equals(await base(first, '1'))).toBe(false)
  } finally {
    await rm(again, { recursive: true, force: true })
  }
})
