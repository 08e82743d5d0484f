import type { ReportDocument, ReportTable } from './report-document.ts'

/** The report as GitHub-flavoured Markdown. */
export function markdownReport(document: ReportDocument): string {
  const sections = document.sections.map(({ title, paragraphs, tables }) =>
    [
      `## ${title}`,
      ...(paragraphs.length > 0 ? [paragraphs.map((text) => `- ${plain(text)}`).join('\n')] : []),
      ...tables.map(markdownTable),
    ].join('\n\n'),
  )
  return `${[`# ${document.title}`, plain(document.subtitle), ...sections].join('\n\n')}\n`
}

function markdownTable({ head, rows, notes }: ReportTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => plain(cell) || ' ').join(' | ')} |`
  const body = [line(head), `|${head.map(() => ' --- ').join('|')}|`, ...rows.map(line)].join('\n')
  return notes.length > 0 ? `${body}\n\n${notes.map((note) => `- ${plain(note)}`).join('\n')}` : body
}

/** Text of a table cell or line: notes and labels can hold anything. */
function plain(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\|<>`*_[\]]/g, (character) => `\\${character}`)
    .trim()
}
