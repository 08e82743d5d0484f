import type { ScanOptions } from '../../../shared/contract/scan.ts'

/** Scan options as a person types them: one pattern a line, the smallest size in kilobytes. */
export interface ScanOptionsDraft {
  include: string
  exclude: string
  minKilobytes: string
  hidden: boolean
  followLinks: boolean
}

export function draftOf(options: ScanOptions): ScanOptionsDraft {
  return {
    include: options.include.join('\n'),
    exclude: options.exclude.join('\n'),
    minKilobytes: options.minBytes === 0 ? '' : String(options.minBytes / 1000),
    hidden: options.hidden,
    followLinks: options.followLinks,
  }
}

export type DraftAction =
  | { type: 'typed'; field: 'include' | 'exclude' | 'minKilobytes'; text: string }
  | { type: 'switched'; field: 'hidden' | 'followLinks'; on: boolean }

export function reduceDraft(draft: ScanOptionsDraft, action: DraftAction): ScanOptionsDraft {
  return action.type === 'typed' ? { ...draft, [action.field]: action.text } : { ...draft, [action.field]: action.on }
}

function patterns(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim())
  return [...new Set(lines.filter((line) => line !== ''))]
}

/** The options, or the sentence that says what cannot be understood. A comma counts as the decimal sign. */
export function readDraft(draft: ScanOptionsDraft): { options: ScanOptions } | { mistake: string } {
  const size = draft.minKilobytes.trim().replace(',', '.')
  const kilobytes = size === '' ? 0 : Number(size)
  if (!Number.isFinite(kilobytes) || kilobytes < 0) {
    return { mistake: `“${draft.minKilobytes}” is not a size. Write a number of kilobytes, for example 50.` }
  }
  return {
    options: {
      include: patterns(draft.include),
      exclude: patterns(draft.exclude),
      minBytes: Math.round(kilobytes * 1000),
      hidden: draft.hidden,
      followLinks: draft.followLinks,
    },
  }
}

/** What differs from "all photos", in a few words; null when nothing does. */
export function optionsSummary(options: ScanOptions): string | null {
  const parts: string[] = []
  if (options.include.length > 0) parts.push(`only ${options.include.join(', ')}`)
  if (options.exclude.length > 0) parts.push(`without ${options.exclude.join(', ')}`)
  if (options.minBytes > 0) parts.push(`at least ${options.minBytes / 1000} kB`)
  if (options.hidden) parts.push('hidden files too')
  if (options.followLinks) parts.push('following links')
  return parts.length === 0 ? null : parts.join(' · ')
}
