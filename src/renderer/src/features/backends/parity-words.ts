import type { BackendParity, CosineSummary, ParityReport } from '../../../../shared/contract/parity.ts'
import { formatPlural } from '../../lib/format.ts'
import { formatCosine } from './figures.ts'

export function cosineWords(summary: CosineSummary | null): string {
  return summary === null ? '–' : formatCosine(summary.min)
}

/** Which groups of the library would change, in a sentence; null where nothing was compared. */
export function groupWords(parity: BackendParity): string | null {
  const { groups } = parity
  if (groups === null) return null
  const changes = [
    groups.split.length > 0 ? `${groups.split.length} would split` : '',
    groups.merged.length > 0 ? `${groups.merged.length} would merge` : '',
    groups.vanished.length > 0 ? `${groups.vanished.length} would vanish` : '',
    groups.appeared.length > 0 ? `${groups.appeared.length} would appear` : '',
  ].filter((part) => part !== '')
  const kept = `${formatPlural(groups.same, 'group stays', 'groups stay')} as ${groups.same === 1 ? 'it is' : 'they are'}`
  return `On ${formatPlural(groups.photos, 'photo', 'photos')} of your library ${kept}${changes.length === 0 ? '; none would change.' : `; ${changes.join(', ')}.`}`
}

/** The groups that would change, each as the names of its photos. */
export function changedGroups(parity: BackendParity): { what: string; photos: string[] }[] {
  const { groups } = parity
  if (groups === null) return []
  const named = (what: string, list: string[][]) => list.map((photos) => ({ what, photos }))
  return [
    ...named('splits', groups.split),
    ...named('merges', groups.merged),
    ...named('vanishes', groups.vanished),
    ...named('appears', groups.appeared),
  ]
}

const sources = {
  'local-twin': 'the same model on this computer',
  server: 'another server',
  recorded: 'what was recorded at the last trusted check',
} as const

export function referenceWords(report: ParityReport): string {
  const pictures = `${formatPlural(report.goldenPictures, 'test picture', 'test pictures')}${report.ownPhotos === 0 ? '' : ` and ${formatPlural(report.ownPhotos, 'photo', 'photos')} of yours`}`
  if (report.reference === null) return `Nothing to compare with was found. ${pictures} were tried.`
  return `Compared with ${sources[report.reference.source]} (${report.reference.model}, ${report.reference.backend}) on ${pictures}.`
}
