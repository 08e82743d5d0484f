import type { BackendParity, CosineSummary, ParityReport } from '../../shared/contract/parity.ts'

const verdictWords: Readonly<Record<BackendParity['verdict'], string>> = {
  equal: 'EQUAL',
  usable: 'USABLE, WITH DIFFERENCES',
  'different-model': 'DIFFERENT MODEL',
  'not-compared': 'NOT COMPARED',
}

/** Groups of one kind that are listed in full. */
const mostGroups = 5
/** File names of one group that are listed. */
const mostNames = 6
/** Pictures that are listed of those that agree least. */
const leastAlike = 3

/** A report as a person reads it in a terminal. */
export function parityText(report: ParityReport): string {
  const { reference, goldenPictures, ownPhotos, backends, notes } = report
  const against =
    reference === null
      ? 'Nothing to compare with.'
      : `Compared with ${reference.model}, ${reference.backend}, on ${goldenPictures} painted pictures and ${ownPhotos} photos.`
  return [against, '', ...backends.flatMap((backend) => [...backendLines(backend), '']), ...notes].join('\n').trimEnd()
}

function backendLines(backend: BackendParity): string[] {
  const { transport, format, model, faults } = backend
  const way = [transport, format, model].filter(Boolean).join(', ')
  const lines = [`${verdictWords[backend.verdict]}  ${backend.backend} (${way})`, `  ${backend.reason}`]
  const rows: [string, CosineSummary | null][] = [
    ['inference, same pixels', backend.inference],
    ['as scans send them', backend.asSent],
    ['its own preprocessing', backend.serverPreprocessing],
  ]
  for (const [title, summary] of rows) {
    if (summary === null) continue
    lines.push(
      `  ${title.padEnd(24)} cosine ${decimals(summary.min)} lowest, ${decimals(summary.mean)} mean, n = ${summary.count}`,
    )
  }
  for (const { fault, where, message } of faults) {
    const use = where === 'inference' ? '' : ' Scans do not use this.'
    lines.push(`  ! ${fault}: ${message}${use}`)
  }
  if (backend.verdict !== 'equal') lines.push(...worstPictures(backend))
  return [...lines, ...groupLines(backend.groups)]
}

function worstPictures({ pictures }: BackendParity): string[] {
  const measured = pictures.flatMap(({ name, inference, asSent }) => {
    const cosine = inference ?? asSent
    return cosine === null ? [] : [{ name, cosine }]
  })
  const worst = measured.toSorted((a, b) => a.cosine - b.cosine).slice(0, leastAlike)
  return worst.length === 0
    ? []
    : [`  least alike: ${worst.map(({ name, cosine }) => `${name} ${decimals(cosine)}`).join(' · ')}`]
}

function groupLines(groups: BackendParity['groups']): string[] {
  if (groups === null) return []
  const { photos, same, split, merged, vanished, appeared } = groups
  const kinds = { split, merged, vanished, appeared }
  const counts = Object.entries(kinds).map(([kind, list]) => `${list.length} ${kind}`)
  const lines = [`  groups of ${photos} photos     ${same} the same, ${counts.join(', ')}`]
  for (const [kind, list] of Object.entries(kinds)) {
    for (const group of list.slice(0, mostGroups)) {
      const more = group.length > mostNames ? ` and ${group.length - mostNames} more` : ''
      lines.push(`    ${kind}: ${group.slice(0, mostNames).join(', ')}${more}`)
    }
    if (list.length > mostGroups) lines.push(`    … ${list.length - mostGroups} more; --json writes all of them.`)
  }
  return lines
}

function decimals(cosine: number): string {
  return cosine.toFixed(6)
}
