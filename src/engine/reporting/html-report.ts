import { escapeMarkup } from '../../shared/domain/escape-markup.ts'
import type { ScanResult } from '../../shared/contract/scan-result.ts'
import type { Tier } from '../../shared/contract/groups.ts'
import { pairPhrases } from '../../shared/domain/pair-words.ts'
import { reportStyle } from './report-style.ts'

type Group = ScanResult['groups'][number]

const tierTitles: Record<Tier, string> = {
  exact: 'Exact: identical files',
  perceptual: 'Perceptual: the same picture, saved again, resized or turned',
  ai: 'AI: pictures that look alike',
}

/** Groups of each tier that the page shows with pictures; the rest is counted, and complete in the JSON. */
export const mostGroupsShown = 300
const tierOrder = ['exact', 'perceptual', 'ai'] as const

/** The groups of a tier that the page shows with pictures. */
function groupsShown(result: ScanResult, tier: Tier): Group[] {
  return result.groups.filter((group) => group.tier === tier).slice(0, mostGroupsShown)
}

/** The photos whose thumbnails the page shows. */
export function pathsShown(result: ScanResult): Set<string> {
  const groups = tierOrder.flatMap((tier) => groupsShown(result, tier))
  return new Set(groups.flatMap(({ members }) => members.map(({ path }) => path)))
}

/**
 * A page that stands alone: no script, nothing loaded, thumbnails inside.
 *
 * @param thumbnail JPEG bytes for the photo at a path, or null
 */
export function htmlReport(result: ScanResult, thumbnail: (path: string) => Uint8Array | null, locale = 'en'): string {
  const numbers = new Intl.NumberFormat(locale)
  const head = [
    `${numbers.format(result.photos)} photos (${megabytes(result.bytes, numbers)})`,
    `${numbers.format(result.groups.length)} groups`,
    `${numbers.format(result.unreadable.length)} unreadable files`,
    result.backend === null ? 'no AI tier' : backendWords(result.backend),
    `${result.stats.seconds.toFixed(1)} s`,
  ]
  const tiers = tierOrder.map((tier) => tierSection(result, tier, thumbnail, numbers))
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Twinlens report</title><style>${reportStyle}</style></head><body>
<h1>Twinlens report</h1>
<p>${escapeMarkup(result.folders.join(' · '))}</p>
<p>${head.map(escape).join(' · ')}</p>
<p class="note">Nothing was changed. A suggestion is only carried out by <code>clean --apply</code> or in the app.</p>
${tiers.join('\n')}
${unreadableSection(result)}
</body></html>
`
}

function tierSection(
  result: ScanResult,
  tier: Tier,
  thumbnail: (path: string) => Uint8Array | null,
  numbers: Intl.NumberFormat,
): string {
  const groups = result.groups.filter((group) => group.tier === tier)
  if (groups.length === 0) return `<h2>${tierTitles[tier]}</h2><p>None found.</p>`
  const shown = groupsShown(result, tier).map((group) => groupBlock(group, thumbnail, numbers))
  const rest = groups.length - shown.length
  const more = rest > 0 ? `<p>${numbers.format(rest)} more groups are in the JSON result.</p>` : ''
  return `<h2>${tierTitles[tier]} <small>${numbers.format(groups.length)} groups</small></h2>${shown.join('\n')}${more}`
}

function groupBlock(group: Group, thumbnail: (path: string) => Uint8Array | null, numbers: Intl.NumberFormat): string {
  const cards = group.members.map((member) => {
    const bytes = thumbnail(member.path)
    const name = escapeMarkup(nameOf(member.path))
    const image =
      bytes === null
        ? '<div class="none">no picture</div>'
        : `<img loading="lazy" alt="${name}" src="data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}">`
    const link = group.links.find((each) => each.b === member.path)
    const why = member.path === group.reference ? 'reference' : link ? linkWords(link) : ''
    const size = `${member.width} × ${member.height} · ${megabytes(member.bytes, numbers)}`
    return `<figure class="${member.suggestion}">${image}<figcaption><b>${member.suggestion.toUpperCase()}</b> ${name}<br>${escapeMarkup(size)}<br><i>${escapeMarkup(why)}</i><br>${escapeMarkup(member.because)}<br><small>${escapeMarkup(member.path)}</small></figcaption></figure>`
  })
  return `<section class="group">${cards.join('')}</section>`
}

function linkWords(link: Group['links'][number]): string {
  const words = pairPhrases(link).join(', ')
  return link.tier === 'exact' ? words : `${words} (${link.score.toFixed(2)})`
}

function unreadableSection(result: ScanResult): string {
  if (result.unreadable.length === 0) return ''
  const rows = result.unreadable.map(
    (file) =>
      `<tr><td>${escapeMarkup(file.code)}</td><td>${escapeMarkup(file.path)}</td><td>${escapeMarkup(file.message)}</td></tr>`,
  )
  return `<h2>Unreadable files</h2><table><tr><th>Reason</th><th>File</th><th>What happened</th></tr>${rows.join('')}</table>`
}

function megabytes(bytes: number, numbers: Intl.NumberFormat): string {
  const value = bytes >= 1e9 ? bytes / 1e9 : bytes >= 1e6 ? bytes / 1e6 : bytes / 1e3
  const unit = bytes >= 1e9 ? 'GB' : bytes >= 1e6 ? 'MB' : 'kB'
  return `${numbers.format(Math.round(value * 10) / 10)} ${unit}`
}

function nameOf(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path
}

function backendWords(backend: NonNullable<ScanResult['backend']>): string {
  const { model, provider, device } = backend
  if (backend.kind === 'local') return `${model} on ${provider} (${device})`
  const { kind, addresses, transport, format } = backend
  return `${model} on ${kind} at ${addresses.join(', ')} (${device}; ${format} over ${transport})`
}
