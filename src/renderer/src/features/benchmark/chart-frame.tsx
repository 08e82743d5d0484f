import { ChartLine, Copy, ImageDown, Table } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { markdownOf, tableOf, type Chart } from '../../../../shared/charts/chart-spec.ts'
import { IconButton } from '../../components/button.tsx'
import { bridge } from '../../lib/bridge.ts'
import { attempt, callEngine, sendToSession } from '../../lib/engine.ts'
import { pictureOf } from './chart-picture.ts'
import { ChartView } from './chart-view.tsx'

function DataTable({ chart }: { chart: Chart }): ReactNode {
  const { header, rows } = tableOf(chart)
  return (
    <div className="chart-table" tabIndex={0} role="region" aria-label={`${chart.title}, as a table`}>
      <table className="table">
        <thead>
          <tr>
            {header.map((name, index) => (
              <th key={index} scope="col" className={index === 0 ? undefined : 'end'}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr key={cells[0]}>
              {cells.map((cell, index) => (
                <td key={index} className={index === 0 ? undefined : 'end'}>
                  {cell === '' ? '–' : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A chart with its title, its notes, and its data as a table, as Markdown and as a picture. */
export function ChartFrame({ chart, dark }: { chart: Chart; dark: boolean }): ReactNode {
  const [asTable, setAsTable] = useState(false)
  const copy = (): void =>
    void attempt('copy the chart', async () => {
      await bridge.copyText(markdownOf(chart))
      sendToSession({ type: 'done', text: `“${chart.title}” is copied as Markdown.` })
    })
  const save = (): void =>
    void attempt('save the picture', async () => {
      const png = await pictureOf(chart, dark)
      const grant = await bridge.chooseExportFile('png', chart.id)
      if (grant === null) return
      const { path } = await callEngine('benchmark.savePicture', { grant, png })
      sendToSession({ type: 'done', text: `Saved as ${path}.` })
    })
  return (
    <figure className="panel chart" data-testid={`chart-${chart.id}`}>
      <div className="row spread">
        <figcaption>
          <h3>{chart.title}</h3>
        </figcaption>
        <span className="row">
          <IconButton
            label={asTable ? 'Show as a chart' : 'Show as a table'}
            aria-pressed={asTable}
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? <ChartLine size={16} aria-hidden /> : <Table size={16} aria-hidden />}
          </IconButton>
          <IconButton label="Copy as Markdown" onClick={copy}>
            <Copy size={16} aria-hidden />
          </IconButton>
          <IconButton label="Save as a picture (PNG)" onClick={save}>
            <ImageDown size={16} aria-hidden />
          </IconButton>
        </span>
      </div>
      {asTable ? (
        <DataTable chart={chart} />
      ) : (
        <div
          role="img"
          aria-label={`${chart.title}. ${chart.yLabel} by ${chart.xLabel}. The table view holds the figures.`}
        >
          <ChartView chart={chart} dark={dark} />
        </div>
      )}
      {chart.notes.length === 0 ? null : (
        <details className="soft">
          <summary>{chart.notes.length === 1 ? 'A note' : `${chart.notes.length} notes`}</summary>
          {[...new Set(chart.notes)].map((note) => (
            <p key={note}>{note}</p>
          ))}
        </details>
      )}
    </figure>
  )
}
