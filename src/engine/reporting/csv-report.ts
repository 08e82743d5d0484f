import type { ScanResult } from '../../shared/contract/scan-result.ts'

const columns = [
  'tier',
  'group',
  'path',
  'bytes',
  'width',
  'height',
  'taken',
  'suggestion',
  'because',
  'relation',
  'score',
] as const

/** One row a photo of a group (RFC 4180, CRLF, with a byte-order mark so that spreadsheets read UTF-8). */
export function csvReport(result: ScanResult): string {
  const rows = result.groups.flatMap((group) =>
    group.members.map((member) => {
      const link = group.links.find((each) => each.b === member.path)
      return [
        group.tier,
        group.id,
        member.path,
        member.bytes,
        member.width,
        member.height,
        member.takenAt ?? '',
        member.suggestion,
        member.because,
        member.path === group.reference ? 'reference' : (link?.relation ?? ''),
        link?.score ?? '',
      ]
    }),
  )
  return `\uFEFF${[columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

/** Quotes where needed, and disarms text that a spreadsheet would run as a formula. */
function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value).toWellFormed()
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
