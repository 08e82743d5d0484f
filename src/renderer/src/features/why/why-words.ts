import type { PhotoDetails } from '../../../../shared/contract/calls.ts'
import type { Orientation } from '../../../../shared/contract/groups.ts'
import { formatCount, formatDuration, formatPlural } from '../../lib/format.ts'
import type { Explained } from './why-state.ts'

/** A share as "12 %", with a digit more where it is small. */
export function shareText(share: number, locale?: string): string {
  const maximumFractionDigits = share < 0.095 ? 1 : 0
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits }).format(share)
}

/** How far apart two photos say that they were taken, milliseconds; null where one of them does not say. */
export function captureGapMs(a: PhotoDetails, b: PhotoDetails): number | null {
  const [first, second] = [a.metadata.takenAt, b.metadata.takenAt]
  if (first === null || second === null) return null
  const exact = first.includes('.') && second.includes('.')
  const ms = (time: string): number =>
    exact ? Date.parse(`${time}Z`) : Math.floor(Date.parse(`${time}Z`) / 1000) * 1000
  const gap = Math.abs(ms(first) - ms(second))
  return Number.isNaN(gap) ? null : gap
}

export function gapText(gapMs: number, locale?: string): string {
  const days = gapMs / 86_400_000
  return days < 2 ? formatDuration(gapMs / 1000, locale) : formatPlural(Math.round(days), 'day', 'days', locale)
}

const quarterHourMs = 15 * 60_000

/** Whether the two are no duplicates. */
export function isOnlyAlike({ look }: Explained): boolean {
  return look.link.relation === 'burst' || look.link.relation === 'similar'
}

const turnWords: Record<Orientation, string | null> = {
  identity: null,
  'mirror-horizontal': 'mirrored',
  'mirror-vertical': 'mirrored top to bottom',
  'rotate-180': 'turned by 180°',
  transpose: 'mirrored and turned by 90°',
  'rotate-90': 'turned by 90°',
  'rotate-270': 'turned by 90°',
  transverse: 'mirrored and turned by 90°',
}

function cropPhrase({ look: { link }, a }: Explained, locale?: string): string {
  if (link.crop === null) return 'cropped'
  const { of, width, height } = link.crop
  const share = width * height
  return of === 'b' ? `cropped ${shareText(1 - share, locale)}` : `of which ${a.name} shows ${shareText(share, locale)}`
}

/** Pixels of b for each pixel of a on what both show, as an area. */
function pixelRatio({ look: { link }, a, b }: Explained): number {
  const { crop } = link
  const share = crop === null ? 1 : crop.width * crop.height
  const ratio = (b.width * b.height) / (a.width * a.height)
  return crop?.of === 'a' ? ratio * share : ratio / share
}

function sizePhrase(explained: Explained): string {
  const { changes } = explained.look.link
  if (changes.includes('border') || changes.includes('screenshot')) return 'in another size'
  return pixelRatio(explained) < 1 ? 'made smaller' : 'made larger'
}

function savedPhrase({ a, b }: Explained): string {
  const quality = b.quality.jpegQuality === null ? '' : ` at about quality ${Math.round(b.quality.jpegQuality)}`
  return a.format === b.format ? `saved again${quality}` : `saved as ${b.format.toUpperCase()}${quality}`
}

/** What was done to b, the most telling first. */
function changePhrases(explained: Explained, locale?: string): string[] {
  const { changes, orientation } = explained.look.link
  const turned = changes.includes('rotated') || changes.includes('mirrored')
  const phrases: (string | null)[] = [
    changes.includes('screenshot') ? 'shown on a screenshot' : null,
    changes.includes('border') ? 'with a border' : null,
    changes.includes('cropped') ? cropPhrase(explained, locale) : null,
    turned ? turnWords[orientation ?? 'identity'] : null,
    changes.includes('overlay') ? 'with something laid over it' : null,
    changes.includes('grey') ? 'in grey' : null,
    changes.includes('tone') ? 'with its tones changed' : null,
    changes.includes('resized') ? sizePhrase(explained) : null,
    changes.includes('re-encoded') ? savedPhrase(explained) : null,
  ]
  return phrases.filter((phrase) => phrase !== null)
}

/** What the two are to each other, in one sentence. */
export function whySentence(explained: Explained, locale?: string): string {
  const { relation } = explained.look.link
  if (relation === 'identical') return 'The same file, byte for byte.'
  if (relation === 'same-pixels') return 'The same picture to the pixel; only what the files say about it differs.'
  if (relation === 'burst') return 'Shot twice: the same scene, but not the same photo.'
  if (relation === 'similar') return 'They look alike, but they are not the same photo.'
  return `${['The same photo', ...changePhrases(explained, locale)].join(', ')}.`
}

/** What the look at the pixels holds against them; null where it found nothing. */
function lookAgainst({ look: { aligned, against } }: Explained, locale?: string): string | null {
  if (aligned === null) {
    return against === 'time'
      ? null
      : 'No way was found to lay one on the other: they do not show the same things in the same places.'
  }
  switch (against) {
    case 'nothing-to-see':
      return 'Too little structure is shared to tell: plain surfaces look alike whatever they are.'
    case 'patches':
      return `Only ${formatCount(aligned.agreeing, locale)} of ${formatPlural(aligned.counted, 'patch', 'patches', locale)} show the same structure.`
    case 'moved':
      return `Things stand in other places: laid on one another, patches lie up to ${shareText(aligned.shift, locale)} of the picture’s side apart.`
    case 'stretched':
      return 'One would have to be stretched to lie on the other; copies keep their proportions.'
    case 'framing':
      return `Neither frame lies inside the other: each shows something at its edge that the other does not (${shareText(aligned.outside, locale)} of a side).`
    case 'time':
    case null:
      return null
  }
}

/** Of shots of one scene the cameras' times speak too, whatever the look says; further apart they may be set to other zones. */
function timesAgainst({ look: { link, against }, a, b }: Explained, locale?: string): string | null {
  const gap = captureGapMs(a, b)
  const burst = link.relation === 'burst' && gap !== null && gap > 0 && gap < quarterHourMs
  if (against !== 'time' && !burst) return null
  const apart = gap === null ? '' : `, ${gapText(gap, locale)} apart`
  return `The cameras say that these are two shots${apart}.`
}

/** What speaks against their being one photo, in a sentence or two; null where nothing does. */
export function againstSentence(explained: Explained, locale?: string): string | null {
  const { aligned, against, link } = explained.look
  if (link.relation === 'identical' || link.relation === 'same-pixels') return null
  if (!isOnlyAlike(explained) && (aligned === null || against === 'nothing-to-see')) {
    return 'There is too little in these pictures to lay one on the other by; their tones are the same everywhere.'
  }
  const said = [timesAgainst(explained, locale), lookAgainst(explained, locale)].filter((part) => part !== null)
  return said.length === 0 ? null : said.join(' ')
}
