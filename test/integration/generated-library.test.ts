import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Orientation } from '../../src/shared/contract/groups.ts'
import { generateLibrary, listSources } from '../fixtures/generate-library.ts'
import { sameBox, turnBack, turnBox, turnedTwice, wholeFrame, type Box } from '../fixtures/generator/geometry.ts'
import { fromPicture, openPicture, toPicture, type Picture } from '../fixtures/generator/picture.ts'
import { editKinds, type EditKind, type Truth, type TruthFile } from '../fixtures/generator/truth.ts'
import { turnPicture } from '../fixtures/generator/working-copy.ts'

// Real: sharp, files on disk. The library that every quality figure rests on must be what its truth says.

const photos = fileURLToPath(new URL('../fixtures/photos', import.meta.url))
let folder: string
let truth: Truth
const opened = new Map<string, Promise<Picture>>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-generated-'))
  const sources = (await listSources(photos)).slice(0, 8)
  truth = await generateLibrary({ sources, directory: folder, seed: 5, photos: 150, megapixels: [0.2, 0.4] })
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
  expect(truth.files).toHaveLength(150)
  expect(new Set(truth.files.map(({ path }) => path)).size).toBe(150)
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

function open(path: string): Promise<Picture> {
  const known = opened.get(path) ?? openPicture(join(folder, path))
  opened.set(path, known)
  return known
}

const side = 64

/** Part of a picture at 64 × 64, in grey or one of its colours. */
async function look(
  picture: Picture,
  { left, top, width, height }: Box,
  channel: 'grey' | 'red' = 'grey',
): Promise<Buffer> {
  const x = Math.max(0, Math.min(picture.width - 2, Math.round(left * picture.width)))
  const y = Math.max(0, Math.min(picture.height - 2, Math.round(top * picture.height)))
  const region = {
    left: x,
    top: y,
    width: Math.min(picture.width - x, Math.max(2, Math.round(width * picture.width))),
    height: Math.min(picture.height - y, Math.max(2, Math.round(height * picture.height))),
  }
  const part = await toPicture(fromPicture(picture).extract(region))
  const seen = channel === 'grey' ? fromPicture(part).greyscale() : fromPicture(part)
  return seen.resize(side, side, { fit: 'fill' }).extractChannel(0).raw().toBuffer()
}

/** Median of the correlations of 8 × 8 blocks that are not flat: light and overlays hardly matter, places do. */
function agreement(a: Buffer, b: Buffer): number {
  const found: number[] = []
  for (let by = 0; by < side; by += 8) {
    for (let bx = 0; bx < side; bx += 8) {
      let [sa, sb, aa, bb, ab] = [0, 0, 0, 0, 0]
      for (let i = 0; i < 64; i++) {
        const at = (by + (i >> 3)) * side + bx + (i & 7)
        const [va, vb] = [a[at] ?? 0, b[at] ?? 0]
        sa += va
        sb += vb
        aa += va * va
        bb += vb * vb
        ab += va * vb
      }
      const [da, db] = [aa - (sa * sa) / 64, bb - (sb * sb) / 64]
      // Flat: a standard deviation under 4 grey levels.
      if (da > 1024 && db > 1024) found.push((ab - (sa * sb) / 64) / Math.sqrt(da * db))
    }
  }
  return found.sort((x, y) => x - y)[found.length >> 1] ?? 1
}

function baseOf(file: TruthFile): string {
  const base = truth.files.find(({ kind, base: id }) => kind === 'base' && id === file.base)
  if (base === undefined) throw new Error(`no base of ${file.path}`)
  return base.path
}

/** How well a file agrees with the part of its base that the truth names, and with `kept` instead of it. */
async function agreementOf(file: TruthFile, kept: Box = file.kept): Promise<number> {
  const turned = await turnPicture(await open(baseOf(file)), file.orientation)
  const shown = await look(await open(file.path), file.placed)
  // A grey picture may have been made through a red filter.
  const channels = file.kind === 'grey' ? (['grey', 'red'] as const) : (['grey'] as const)
  const expected = channels.map((channel) => look(turned, turnBox(kept, file.orientation), channel))
  return Math.max(...(await Promise.all(expected)).map((each) => agreement(each, shown)))
}

const edits = (): TruthFile[] => truth.files.filter(({ relation }) => relation !== null)

test('every edit shows the part of its base that the truth says, where it says', async () => {
  const wrong: string[] = []
  for (const file of edits()) {
    const found = await agreementOf(file)
    if (found < 0.85) wrong.push(`${file.path} ${JSON.stringify(file.params)}: ${found.toFixed(3)}`)
  }
  expect(wrong).toEqual([])
}, 120_000)

test('a part moved by three hundredths agrees less: crop rectangles are right to better than that', async () => {
  const crops = edits().filter(({ changes }) => changes.includes('cropped'))
  expect(crops.length).toBeGreaterThan(8)
  const moves = [
    { x: 0.03, y: 0 },
    { x: -0.03, y: 0 },
    { x: 0, y: 0.03 },
    { x: 0, y: -0.03 },
  ]
  const wrong: string[] = []
  for (const file of crops) {
    const right = await agreementOf(file)
    for (const { x, y } of moves) {
      const { left, top, width, height } = file.kept
      const moved = { left: left + x, top: top + y, width, height }
      if (moved.left < 0 || moved.top < 0 || moved.left + width > 1 || moved.top + height > 1) continue
      if ((await agreementOf(file, moved)) >= right) wrong.push(`${file.path} ${x} ${y}`)
    }
  }
  expect(wrong).toEqual([])
}, 120_000)

test('sizes, turns and names of the truth are those of the files', async () => {
  for (const file of truth.files) {
    const { width, height } = await open(file.path)
    expect([width, height], file.path).toEqual([file.width, file.height])
  }
  for (const file of edits()) {
    const whole = sameBox(file.kept, wholeFrame, 1e-9)
    expect(file.changes.includes('cropped'), file.path).toBe(!whole)
    expect(file.changes.includes('rotated-or-mirrored'), file.path).toBe(file.orientation !== 'identity')
    expect(file.changes.includes('border-or-screenshot'), file.path).toBe(!sameBox(file.placed, wholeFrame, 1e-9))
    expect(file.changes[0], file.path).toBe(file.relation)
  }
})

test('turns of boxes and of pixels are the same turns, and combine', async () => {
  const [first] = truth.files
  const picture = await open(first?.path ?? '')
  const box = { left: 0.1, top: 0.2, width: 0.4, height: 0.3 }
  for (const turn of Orientation.options) {
    const turned = await turnPicture(picture, turn)
    const part = await toPicture(fromPicture(picture).extract(pixels(box, picture)))
    const expected = await look(await turnPicture(part, turn), wholeFrame)
    expect(agreement(expected, await look(turned, turnBox(box, turn))), turn).toBeGreaterThan(0.9)
    expect(turnedTwice(turn, turnBack(turn))).toBe('identity')
    for (const second of Orientation.options) {
      expect(sameBox(turnBox(turnBox(box, turn), second), turnBox(box, turnedTwice(turn, second)), 1e-9)).toBe(true)
    }
  }
})

function pixels({ left, top, width, height }: Box, picture: Picture) {
  return {
    left: Math.round(left * picture.width),
    top: Math.round(top * picture.height),
    width: Math.round(width * picture.width),
    height: Math.round(height * picture.height),
  }
}
