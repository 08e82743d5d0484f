import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readLookPixels } from '../imaging/look-pixels.ts'
import { sharp } from '../imaging/sharp.ts'
import { confirmPair } from './confirm-pair.ts'
import { cropOf, describeLook } from './describe-look.ts'
import { PhotoLook } from './photo-look.ts'

// Real: photos, edited and re-encoded by sharp, reduced to thumbnails as a scan does it. Drawn here: pages of text.

const [wide, high] = [960, 720]

async function upright(name: string): Promise<Buffer> {
  const bytes = readFileSync(new URL(`../../../test/fixtures/photos/${name}`, import.meta.url))
  return sharp(bytes).autoOrient().resize(wide, high, { fit: 'cover' }).png().toBuffer()
}
const names = [
  'casa-mila.jpg',
  'canyon-wren.jpg',
  'roman-colosseum.jpg',
  'chelsea.png',
  'tea-gardens.jpg',
  'coffee.png',
]
const photos = new Map(await Promise.all(names.map(async (name) => [name, await upright(name)] as const)))
const photo = (name: string): Buffer => photos.get(name) ?? Buffer.alloc(0)

async function lookAt(bytes: Buffer): Promise<PhotoLook> {
  const { width, height } = await sharp(bytes).metadata()
  const thumbnail = await sharp(bytes)
    .removeAlpha()
    .resize(320, 320, { fit: 'inside' })
    .jpeg({ quality: 80 })
    .toBuffer()
  return new PhotoLook(await readLookPixels(thumbnail), width, height)
}

async function compare(first: Buffer, second: Buffer) {
  const [a, b] = [await lookAt(first), await lookAt(second)]
  const pair = confirmPair(a, b)
  if (!pair?.judgement.holds) return { holds: false, against: pair?.judgement.against ?? null } as const
  const described = describeLook(a, b, pair)
  return { holds: true, ...described, crop: cropOf(pair.shares, described.changes) } as const
}

const jpeg = (pipeline: ReturnType<typeof sharp>, quality = 75): Promise<Buffer> =>
  pipeline.jpeg({ quality }).toBuffer()
/** Where the crops of these tests lie, pixels. */
const cut = { left: 120, top: 60, width: 700, height: 520 }
/** A patch of one colour to lay on a picture. */
const block = (left: number, top: number, width: number, height: number, background: string) => ({
  input: { create: { width, height, channels: 3, background } } as const,
  left,
  top,
})
const caption = [block(0, 560, wide, 90, '#000'), block(60, 585, 500, 40, '#fff')]
/** A phone's screen around what `picture` shows: dark bars, a clock, icons. */
const onPhone = async (picture: Buffer): Promise<Buffer> => {
  const shown = await sharp(picture).resize(750).toBuffer()
  const icons = [block(40, 30, 90, 22, '#eee'), block(176, 1300, 48, 48, '#eee'), block(526, 1300, 48, 48, '#eee')]
  const screen = sharp({ create: { width: 750, height: 1400, channels: 3, background: '#101010' } })
  return screen
    .composite([{ input: shown, left: 0, top: 400 }, ...icons])
    .png()
    .toBuffer()
}

describe.for(names)('%s is known again', (name) => {
  const original = photo(name)
  test.for([
    ['saved again', () => jpeg(sharp(original), 40), 're-encoded', []],
    ['resized', () => jpeg(sharp(original).resize(500)), 'resized', ['resized']],
    ['turned', () => jpeg(sharp(original).rotate(90)), 'rotated-or-mirrored', ['rotated']],
    ['mirrored', () => jpeg(sharp(original).flop()), 'rotated-or-mirrored', ['mirrored']],
    ['cropped and smaller', () => jpeg(sharp(original).extract(cut).resize(500)), 'cropped', ['cropped', 'resized']],
    [
      'cropped and mirrored',
      async () => jpeg(sharp(await sharp(original).extract(cut).toBuffer()).flop()),
      'cropped',
      ['cropped', 'mirrored'],
    ],
    ['in grey', () => jpeg(sharp(original).greyscale()), 'edited', ['grey']],
    ['brighter', () => jpeg(sharp(original).linear(1.25, 10)), 'edited', ['tone']],
    ['with a caption', () => jpeg(sharp(original).composite(caption)), 'edited', ['overlay']],
    [
      'in a border',
      () => jpeg(sharp(original).extend({ top: 30, bottom: 30, left: 30, right: 30, background: '#fff' })),
      'border-or-screenshot',
      ['border'],
    ],
    ['on a phone’s screen', () => onPhone(original), 'border-or-screenshot', ['screenshot']],
  ] as const)('%s', async ([, edit, relation, changes]) => {
    const found = await compare(original, await edit())
    expect(found).toMatchObject({ holds: true, relation })
    for (const change of changes) expect(found.holds && found.changes).toContain(change)
    if (relation !== 'cropped' || !found.holds || found.crop === null) return
    // The crop lies where it was cut, within two hundredths of a side.
    const mirrored = found.changes.includes('mirrored')
    const expected = { left: cut.left / wide, top: cut.top / high, width: cut.width / wide, height: cut.height / high }
    expect(found.crop.of).toBe('b')
    for (const side of ['left', 'top', 'width', 'height'] as const) {
      if (mirrored && side === 'left') continue
      expect(Math.abs(found.crop[side] - expected[side]), side).toBeLessThan(0.01)
    }
  })

  test('the same scene framed otherwise is another shot', async () => {
    // 2 % of the width moved: neither frame lies within the other.
    const room = 0.85
    const frame = (left: number): Promise<Buffer> =>
      jpeg(
        sharp(original).extract({ left, top: 50, width: Math.round(wide * room), height: Math.round(high * room) }),
        90,
      )
    expect(await compare(await frame(40), await frame(40 + Math.round(0.02 * wide * room)))).toMatchObject({
      holds: false,
      against: 'framing',
    })
  })
})

/** A page of `lines` lines of words, as a scanner gives it. */
function page(seed: number, lines = 24): Promise<Buffer> {
  const [width, height] = [720, 1000]
  const pixels = Buffer.alloc(width * height, 255)
  let state = seed
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  for (let line = 0; line < lines; line++) {
    const top = Math.round(80 + (line * 840) / lines)
    const end = random() < 0.15 ? 400 : 620
    for (let left = 90; left < end;) {
      const word = Math.round(18 + random() * 50)
      for (let y = top; y < top + 13; y++) pixels.fill(34, y * width + left, y * width + left + word)
      left += word + 10
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer()
}

test('no photo is taken for another one', async () => {
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) expect([a, b, (await compare(photo(a), photo(b))).holds]).toEqual([a, b, false])
  }
})

test('pages of text are not taken for one another, though they look alike', async () => {
  const pages = await Promise.all([11, 222, 3333, 44_444].map((seed) => page(seed)))
  pages.push(await page(5, 30))
  for (const [i, a] of pages.entries()) {
    for (const [j, b] of pages.entries()) if (j > i) expect([i, j, (await compare(a, b)).holds]).toEqual([i, j, false])
    expect((await compare(a, await sharp(a).resize(500).jpeg().toBuffer())).holds).toBe(true)
  }
})
