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
  return { holds: true, against: null, ...described, crop: cropOf(pair.shares, described.changes) } as const
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

/** Eight figures in the corner, as cameras burn in the date: 3 % of the height, two strokes a figure. */
const dateStamp = Array.from({ length: 8 }, (_, k) => [
  block(720 + 24 * k, 668, 4, 22, '#ff8c1a'),
  block(728 + 24 * k, k % 2 === 0 ? 668 : 686, 8, 4, '#ff8c1a'),
]).flat()
/** A conversation on a phone with what `picture` shows in it. */
const inConversation = async (picture: Buffer): Promise<Buffer> => {
  const shown = await sharp(picture).resize(480).toBuffer()
  const bubbles = [120, 190, 260, 720, 790, 860, 930, 1000].map((top, k) =>
    block(k % 2 === 0 ? 24 : 400, top, 220 + 30 * (k % 3), 46, k % 2 === 0 ? '#8e8e93' : '#2f7cf6'),
  )
  const words = [133, 203, 273, 733, 803, 873].map((top, k) => block(k % 2 === 0 ? 40 : 416, top, 150, 16, '#fff'))
  return sharp({ create: { width: 750, height: 1334, channels: 3, background: '#fff' } })
    .composite([...bubbles, ...words, { input: shown, left: 24, top: 330 }])
    .png()
    .toBuffer()
}
/** The scene with a piece of another photo standing in it, as a passer-by does. */
const withPasserBy = async (scene: Buffer, other: Buffer, left: number): Promise<ReturnType<typeof sharp>> => {
  const passerBy = await sharp(other).extract({ left: 300, top: 150, width: 150, height: 400 }).toBuffer()
  return sharp(
    await sharp(scene)
      .composite([{ input: passerBy, left, top: 280 }])
      .toBuffer(),
  )
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
    [
      'in a double border',
      async () => {
        const line = await sharp(original)
          .extend({ top: 8, bottom: 8, left: 8, right: 8, background: '#333' })
          .toBuffer()
        return jpeg(sharp(line).extend({ top: 30, bottom: 30, left: 30, right: 30, background: '#eee' }))
      },
      'border-or-screenshot',
      ['border'],
    ],
    ['on a phone’s screen', () => onPhone(original), 'border-or-screenshot', ['screenshot']],
    ['in a conversation', () => inConversation(original), 'border-or-screenshot', ['screenshot']],
    ['with a date', () => jpeg(sharp(original).composite(dateStamp), 90), 'edited', ['overlay']],
    [
      'cropped, brighter and with a caption',
      async () =>
        jpeg(
          sharp(await sharp(original).composite(caption).toBuffer())
            .extract(cut)
            .linear(1.1, 8),
        ),
      'cropped',
      ['cropped', 'tone'],
    ],
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

test('a scene in which somebody has moved on is another shot, however little its exposure changed', async () => {
  for (const name of ['roman-colosseum.jpg', 'coffee.png']) {
    const [before, after] = await Promise.all([
      withPasserBy(photo(name), photo('chelsea.png'), 100),
      withPasserBy(photo(name), photo('chelsea.png'), 620),
    ])
    const found = await compare(await jpeg(before, 90), await jpeg(after.linear(1.02, 1), 90))
    expect([name, found.holds, found.against]).toEqual([name, false, 'moved'])
  }
})

/** The same form, filled in with other words for each seed. */
async function form(seed: number): Promise<Buffer> {
  const [width, height] = [720, 1000]
  const pixels = Buffer.alloc(width * height, 250)
  const write = (top: number, from: number, to: number, start: number): void => {
    let state = start
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
    for (let left = from; left < to;) {
      const letter = Math.round(5 + random() * 6)
      const [rise, fall] = [Math.round(random() * 8), Math.round(random() * 5)]
      for (let y = top + rise; y < top + 20 - fall; y++) pixels.fill(30, y * width + left, y * width + left + letter)
      left += letter + 4 + Math.round(random() * 6)
    }
  }
  for (let y = 60; y < 110; y++) pixels.fill(60, y * width + 60, y * width + 660)
  for (let line = 0; line < 12; line++) {
    const top = 170 + 65 * line
    write(top, 60, 200, 100 + line)
    write(top, 240, 400 + ((seed * 37 + line * 53) % 220), 1000 * seed + line)
    pixels.fill(150, (top + 30) * width + 60, (top + 30) * width + 660)
  }
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer()
}

test('a form is not taken for the same form with other words on it', async () => {
  const forms = await Promise.all([1, 2, 3].map((seed) => form(seed)))
  for (const [i, a] of forms.entries()) {
    for (const [j, b] of forms.entries()) if (j > i) expect([i, j, (await compare(a, b)).holds]).toEqual([i, j, false])
    expect((await compare(a, await jpeg(sharp(a).resize(500)))).holds).toBe(true)
  }
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
