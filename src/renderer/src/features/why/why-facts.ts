import type { PairCrop } from '../../../../shared/contract/groups.ts'
import { formatCount, formatPlural } from '../../lib/format.ts'
import { captureGapMs, gapText, isOnlyAlike, shareText } from './why-words.ts'
import type { Explained } from './why-state.ts'

/** One number of the look, in plain words, and what it means. */
export interface WhyFact {
  said: string
  meaning: string
}

const decimal = (value: number, digits: number, locale?: string): string =>
  new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)

/** Sides that lost less than this share are not told. */
const leastCut = 0.005

/** "12 % at the left, 10 % at the top": what was cut off on each side, the most first. */
export function cropSides({ left, top, width, height }: PairCrop, locale?: string): string {
  const sides = [
    { cut: left, name: 'at the left' },
    { cut: top, name: 'at the top' },
    { cut: 1 - left - width, name: 'at the right' },
    { cut: 1 - top - height, name: 'at the bottom' },
  ]
  return sides
    .filter(({ cut }) => cut >= leastCut)
    .sort((x, y) => y.cut - x.cut)
    .map(({ cut, name }) => `${shareText(cut, locale)} ${name}`)
    .join(', ')
}

function patchFacts({ look: { aligned } }: Explained, locale?: string): WhyFact[] {
  if (aligned === null) return []
  const patches = formatPlural(aligned.counted, 'patch', 'patches', locale)
  const facts = [
    {
      said: `${formatCount(aligned.agreeing, locale)} of ${patches} show the same structure`,
      meaning:
        'What both show is divided into patches, and each is compared once differences of light are taken out. Patches with nothing in them are not counted.',
    },
  ]
  if (aligned.agreeing > 0) {
    facts.push({
      said: `Those agree by ${decimal(aligned.typicalCorrelation, 2, locale)}`,
      meaning: 'Correlation of a typical one: 1 is the same, 0 is nothing in common.',
    })
  }
  return facts
}

function frameFacts(explained: Explained, locale?: string): WhyFact[] {
  const { look, a, b } = explained
  const { aligned, against, link } = look
  if (aligned === null) return []
  const facts: WhyFact[] = []
  if (link.crop !== null && !isOnlyAlike(explained)) {
    const [part, whole] = link.crop.of === 'a' ? [a, b] : [b, a]
    const sides = cropSides(link.crop, locale)
    facts.push({
      said: `Cropped ${shareText(1 - link.crop.width * link.crop.height, locale)}${sides === '' ? '' : `: ${sides}`}`,
      meaning: `${part.name} shows a part of ${whole.name}.`,
    })
  }
  facts.push({
    said:
      against === 'framing'
        ? `Each frame reaches ${shareText(aligned.outside, locale)} out of the other`
        : `One frame lies inside the other within ${shareText(Math.max(0.001, aligned.outside), locale)}`,
    meaning:
      'A copy may lose its edges but never shows more than its original; two shots each show something of their own.',
  })
  facts.push({
    said: `Patches lie within ${shareText(Math.max(0.0005, aligned.shift), locale)} of their place`,
    meaning:
      'Nine of ten, measured on the picture’s longer side. In a copy everything keeps its place; between two shots things move.',
  })
  return facts
}

function toneFact({ look: { aligned }, b }: Explained, locale?: string): WhyFact[] {
  if (aligned === null) return []
  const { gain, offset } = aligned
  const sign = Math.round(offset) < 0 ? '−' : '+'
  const unchanged = Math.abs(gain - 1) < 0.02 && Math.abs(offset) < 2
  return [
    {
      said: `Brightness × ${decimal(gain, 2, locale)} ${sign} ${formatCount(Math.abs(Math.round(offset)), locale)}`,
      meaning: unchanged
        ? 'Nothing was made lighter, darker, or higher in contrast.'
        : `How the tones of ${b.name} follow from those of the other, in levels from 0 to 255.`,
    },
  ]
}

function certaintyFact(explained: Explained, locale?: string): WhyFact[] {
  const { link, against } = explained.look
  if (link.relation === 'identical') return [{ said: 'Certain', meaning: 'Every byte of the two files is the same.' }]
  if (link.relation === 'same-pixels') {
    return [{ said: 'Certain', meaning: 'The compressed pixels of the two files are the same.' }]
  }
  if (link.confidence === null || against !== null || isOnlyAlike(explained)) return []
  return [
    {
      said: `${shareText(link.confidence, locale)} confidence`,
      meaning: 'How many patches agree, and how well, in one number.',
    },
  ]
}

function foundFact({ look: { link } }: Explained, locale?: string): WhyFact[] {
  const said = [
    link.cosine === null ? null : `Similarity ${decimal(link.cosine, 2, locale)}`,
    link.distance === null ? null : `${formatPlural(link.distance, 'bit', 'bits', locale)} of 64 differ`,
  ].filter((part) => part !== null)
  if (said.length === 0 || link.relation === 'identical') return []
  return [{ said: said.join(' · '), meaning: 'What made Twinlens look at the two. It does not decide what they are.' }]
}

function timeFact({ a, b }: Explained, locale?: string): WhyFact[] {
  const gap = captureGapMs(a, b)
  if (gap === null) return []
  return [
    {
      said: gap === 0 ? 'Taken at the same moment' : `Taken ${gapText(gap, locale)} apart`,
      meaning: 'By the times that the cameras wrote into the files.',
    },
  ]
}

/** Every number of the look that says something, the most telling first. */
export function whyFacts(explained: Explained, locale?: string): WhyFact[] {
  return [patchFacts, frameFacts, toneFact, certaintyFact, timeFact, foundFact].flatMap((facts) =>
    facts(explained, locale),
  )
}
