import { darkPalette, lightPalette } from '../../shared/charts/chart-palette.ts'
import type { ReportCharts } from './report-charts.ts'
import type { ReportDocument, ReportTable } from './report-document.ts'
import { escapeMarkup } from '../../shared/domain/escape-markup.ts'

const seriesColours = ({ series }: typeof lightPalette): string =>
  series.map((colour, index) => `--series-${index}: ${colour}`).join('; ')

const style = `
:root { color-scheme: light dark; --line: #8886; ${seriesColours(lightPalette)} }
@media (prefers-color-scheme: dark) { :root { ${seriesColours(darkPalette)} } }
body { font: 14px/1.45 system-ui, sans-serif; margin: 24px; max-width: 1200px }
h2 { margin-top: 32px } .note { opacity: .75; font-size: 12px }
table { border-collapse: collapse; margin: 8px 0 } .wide { overflow-x: auto }
td, th { border: 1px solid var(--line); padding: 4px 8px; text-align: left; vertical-align: top; font-variant-numeric: tabular-nums }
svg { max-width: 760px; width: 100%; height: auto; display: block; margin: 8px 0 16px }
@media print { section { break-inside: avoid } }
`

/** A page that stands alone: no script, nothing loaded, charts inside. */
export function htmlReport(document: ReportDocument, charts: ReportCharts): string {
  const sections = document.sections.map(({ title, paragraphs, tables, chart }) => {
    const list =
      paragraphs.length > 0 ? `<ul>${paragraphs.map((text) => `<li>${escapeMarkup(text)}</li>`).join('')}</ul>` : ''
    const picture = chart === null ? '' : charts.of(chart)
    return `<section><h2>${escapeMarkup(title)}</h2>${list}${picture}${tables.map(htmlTable).join('')}</section>`
  })
  const others = charts.others()
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeMarkup(document.title)}</title><style>${style}</style></head><body>
<h1>${escapeMarkup(document.title)}</h1>
<p>${escapeMarkup(document.subtitle)}</p>
${sections.join('\n')}${others === '' ? '' : `\n<section><h2>More charts</h2>${others}</section>`}
</body></html>
`
}

function htmlTable({ head, rows, notes }: ReportTable): string {
  const row = (cells: readonly string[], tag: 'td' | 'th'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeMarkup(cell)}</${tag}>`).join('')}</tr>`
  const under = notes.map((note) => `<p class="note">${escapeMarkup(note)}</p>`).join('')
  return `<div class="wide"><table><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>${under}`
}
