import type { Decision, GroupPhoto, LinkEvidence, ReviewSection } from '../../../shared/contract/groups.ts'
import { pairPhrases } from '../../../shared/domain/pair-words.ts'
import { formatPlural } from './format.ts'

/** The words people read for the contract's terms. */
export const tierWords: Record<ReviewSection, { name: string; about: string }> = {
  exact: { name: 'Exact', about: 'The same file, byte for byte' },
  perceptual: { name: 'Perceptual', about: 'The same picture, saved, sized or turned differently' },
  ai: { name: 'AI', about: 'The same picture, cropped, framed or edited' },
  similar: { name: 'Similar', about: 'Shot twice, or much alike' },
}

/** What saying that the photos do not belong together is called. */
export function dismissWords(tier: ReviewSection): string {
  return tier === 'similar' ? 'Not alike' : 'Not duplicates'
}

export const decisionWords: Record<Decision, string> = { keep: 'Keep', remove: 'Remove', undecided: 'Undecided' }

const twoDigits = (value: number, locale?: string): string =>
  new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value)

/** Short facts on a link for its chips, the most telling first. */
export function linkChips(link: LinkEvidence, tier: ReviewSection, locale?: string): string[] {
  const chips = pairPhrases(link, locale)
  if (tier === 'ai') {
    chips.push(twoDigits(link.cosine ?? link.score, locale))
    chips.push(link.tier === 'ai' ? 'new find' : `also ${link.tier}`)
  } else if (tier === 'similar' && link.distance === null) {
    chips.push(twoDigits(link.cosine ?? link.score, locale))
  } else if (tier !== 'exact' && link.distance !== null) {
    chips.push(formatPlural(link.distance, 'bit', 'bits', locale))
  }
  return chips
}

/** The same as a sentence, for the tooltip. */
export function linkSentence(link: LinkEvidence, tier: ReviewSection, locale?: string): string {
  const beside = tier === 'similar' ? 'Beside each other' : 'Against the reference photo'
  const parts = [`${beside}: ${pairPhrases(link, locale).join(', ')}`]
  if (link.distance !== null) {
    parts.push(`${formatPlural(link.distance, 'bit', 'bits', locale)} of 64 differ`)
  }
  if (link.cosine !== null) parts.push(`similarity ${twoDigits(link.cosine, locale)}`)
  return `${parts.join(' · ')}.`
}

/** Photo as one spoken line. */
export function photoLabel(photo: GroupPhoto): string {
  const parts = [photo.name, decisionWords[photo.decision].toLowerCase()]
  if (photo.reference) parts.push('reference photo')
  if (photo.because) parts.push(photo.because)
  if (photo.truncated) parts.push('file cut short')
  if (photo.offline) parts.push('on a drive that is away')
  return parts.join(', ')
}
