import type { LinkEvidence, PairChange, Relation } from '../contract/groups.ts'

/** What people read for a relation. */
export const relationWords: Record<Relation, string> = {
  identical: 'identical file',
  'same-pixels': 'same pixels, other metadata',
  're-encoded': 're-encoded',
  resized: 'resized',
  'rotated-or-mirrored': 'rotated or mirrored',
  cropped: 'cropped',
  'border-or-screenshot': 'border or screenshot',
  edited: 'edited',
  burst: 'shot twice',
  similar: 'similar',
}

/** What people read for a change. */
export const changeWords: Record<PairChange, string> = {
  metadata: 'other metadata',
  're-encoded': 're-encoded',
  resized: 'resized',
  rotated: 'rotated',
  mirrored: 'mirrored',
  cropped: 'cropped',
  border: 'with a border',
  screenshot: 'on a screenshot',
  tone: 'tone changed',
  grey: 'in grey',
  overlay: 'with something laid over',
}

/** The changes that say most first; saving again goes without saying where anything else was done. */
const order: readonly PairChange[] = [
  'screenshot',
  'border',
  'cropped',
  'rotated',
  'mirrored',
  'overlay',
  'grey',
  'tone',
  'resized',
  're-encoded',
  'metadata',
]

type Said = Pick<LinkEvidence, 'relation' | 'changes' | 'crop'>

/**
 * Short words for a pair, the most telling first: `cropped 22 %`, `mirrored`.
 *
 * @param locale of the numbers
 */
export function pairPhrases({ relation, changes, crop }: Said, locale?: string): string[] {
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
  const told = order.filter((change) => changes.includes(change))
  const worth = told.length > 1 ? told.filter((change) => change !== 're-encoded' && change !== 'metadata') : told
  if (worth.length === 0 || relation === 'burst' || relation === 'similar' || relation === 'identical') {
    return [relationWords[relation]]
  }
  return worth.map((change) =>
    change === 'cropped' && crop !== null
      ? `cropped ${percent.format(1 - crop.width * crop.height)}`
      : changeWords[change],
  )
}
