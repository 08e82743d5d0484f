import { mkdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { z } from 'zod'
import type { BenchmarkComparison, ComparedRow } from '../../shared/contract/benchmark-comparison.ts'
import type { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { asTwinlensError, TwinlensError } from '../../shared/errors.ts'
import { compareResults, type Compared } from '../benchmarking/compare-results.ts'
import { entryOf } from '../benchmarking/results-entry.ts'
import { readResults } from '../benchmarking/results-read.ts'
import { reportPictures } from '../benchmarking/report-charts.ts'
import { exportReport } from '../benchmarking/report-export.ts'
import { figure } from '../benchmarking/report-figures.ts'
import { writeReport } from '../files/folder-state.ts'
import { drawingToPng } from '../imaging/drawing-to-png.ts'
import { exitCodes } from './exit-codes.ts'

const CompareOptions = z.object({
  photos: z.number().optional(),
  p95Limit: z.number().optional(),
  failOnRegression: z.boolean().default(false),
})
const ReportOptions = CompareOptions.omit({ failOnRegression: true }).extend({
  markdown: z.string().optional(),
  html: z.string().optional(),
  csv: z.string().optional(),
  json: z.string().optional(),
  png: z.string().optional(),
})

/** Declares what `benchmark compare` takes; the caller adds the action. */
export function declareCompare(command: Command): Command {
  return addCommon(command)
    .description('Put result files side by side; the first one is what the others are held against.')
    .argument('<result.json...>', 'files of Twinlens or of the published benchmarks')
    .option('--fail-on-regression', 'exit with 1 when a later run of the same backend is worse than the first', false)
}

/** Declares what `benchmark report` takes; the caller adds the action. */
export function declareReport(command: Command): Command {
  return addCommon(command)
    .description('Write a report of result files.')
    .argument('<result.json...>', 'files of Twinlens or of the published benchmarks')
    .option('--markdown <file>', 'write it as Markdown')
    .option('--html <file>', 'write it as a page that stands alone, with charts')
    .option('--csv <file>', 'write one row a figure')
    .option('--json <file>', 'write comparison and results')
    .option('--png <folder>', 'write comparison_chart.png and a picture a chart into this folder')
}

function addCommon(command: Command): Command {
  return command
    .option('--photos <n>', 'reckon the advice for a library of so many photos', positive)
    .option('--p95-limit <ms>', 'only ways of working that keep 95 % of the requests under it', positive)
}

function positive(text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('Give a number above 0.')
}

/** `benchmark compare`: prints the comparison. Returns the exit code. */
export async function compareCommand(files: readonly string[], rawOptions: unknown): Promise<number> {
  const options = CompareOptions.parse(rawOptions)
  const { columns, bad } = await readColumns(files)
  const first = columns[0]
  const comparison = compareResults(columns, {
    libraryPhotos: options.photos ?? null,
    p95LimitMs: options.p95Limit ?? null,
    baselines: first === undefined ? [] : [first],
  })
  printComparison(comparison)
  const worse = comparison.regressions.some((found) => found?.verdict === 'worse')
  return bad > 0 || (options.failOnRegression && worse) ? exitCodes.doneWithProblems : exitCodes.done
}

/** `benchmark report`: writes the files that were asked for, Markdown to the screen without any. Returns the exit code. */
export async function reportCommand(files: readonly string[], rawOptions: unknown): Promise<number> {
  const options = ReportOptions.parse(rawOptions)
  const { columns, bad } = await readColumns(files)
  const comparison = compareResults(columns, {
    libraryPhotos: options.photos ?? null,
    p95LimitMs: options.p95Limit ?? null,
    baselines: [],
  })
  const results = columns.map(({ result }) => result)
  const wanted = (['markdown', 'html', 'csv', 'json'] as const).flatMap((format) => {
    const file = options[format]
    return file === undefined ? [] : [{ format, file }]
  })
  for (const { format, file } of wanted) await write(file, exportReport(format, comparison, results))
  if (options.png !== undefined) await writePictures(options.png, comparison, results, options.p95Limit ?? null)
  if (wanted.length === 0 && options.png === undefined)
    process.stdout.write(exportReport('markdown', comparison, results))
  return bad > 0 ? exitCodes.doneWithProblems : exitCodes.done
}

async function writePictures(
  folder: string,
  comparison: BenchmarkComparison,
  results: readonly BenchmarkResult[],
  p95LimitMs: number | null,
): Promise<void> {
  const pictures = reportPictures(comparison, results, p95LimitMs)
  if (pictures.size === 0) say('These results hold nothing that a chart could show; no picture was written.')
  await mkdir(resolve(folder), { recursive: true }).catch((error: unknown) => unwritable(folder, error))
  for (const [name, drawing] of pictures) await write(join(folder, `${name}.png`), await drawingToPng(drawing))
}

async function write(file: string, content: string | Uint8Array): Promise<void> {
  await writeReport(resolve(file), content)
  say(`Written: ${file}`)
}

function unwritable(place: string, cause: unknown): never {
  throw new TwinlensError('destination-unusable', `${place} could not be written. Check the folder and its rights.`, {
    cause,
  })
}

/** The series of every file. A bad file is told and left out; with none left it is wrong use. */
async function readColumns(files: readonly string[]): Promise<{ columns: Compared[]; bad: number }> {
  const columns: Compared[] = []
  let bad = 0
  for (const file of files) {
    try {
      const results = await readResults(resolve(file))
      results.forEach((result, index) => {
        const id = `${basename(file)}${index === 0 ? '' : `#${index + 1}`}`
        columns.push({ entry: entryOf(id, result), result })
      })
    } catch (error) {
      bad++
      process.stderr.write(`${asTwinlensError(error).message}\n`)
    }
  }
  if (columns.length === 0) throw new TwinlensError('invalid-request', 'None of the files holds benchmark results.')
  return { columns, bad }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function printComparison(comparison: BenchmarkComparison): void {
  comparison.columns.forEach(({ label, timestamp, id }, column) =>
    say(`[${column + 1}] ${label}, ${timestamp ?? 'date not told'} (${id})`),
  )
  for (const { message } of comparison.differences) say(`! ${message}`)
  say('')
  const head = ['', ...comparison.columns.map((_, column) => `[${column + 1}]`), '']
  const rows = comparison.rows.map((row) => [`${row.title} (${row.unit})`, ...row.cells.map(cellText), rowNote(row)])
  for (const line of aligned([head, ...rows])) say(line)
  comparison.costs.forEach((cost, column) => {
    if (cost?.per1000) say(`[${column + 1}] $${cost.per1000.value.toFixed(4)} for 1,000 images: ${cost.basis}`)
  })
  comparison.regressions.forEach((found, column) => {
    if (found) say(`[${column + 1}] against [1]: ${found.verdict}. ${found.findings.join(' ')}`.trim())
  })
  say('')
  for (const { text, reasons } of comparison.advice) {
    say(text)
    for (const reason of reasons) say(`  ${reason}`)
  }
}

function cellText(cell: ComparedRow['cells'][number]): string {
  if (cell.value === null) return cell.note === null ? '–' : '– *'
  const [low, high] = cell.interval ?? []
  const interval = low === undefined || high === undefined ? '' : ` (${figure(low)}–${figure(high)})`
  return `${figure(cell.value)}${interval}${cell.note === null ? '' : ' *'}`
}

function rowNote({ winner, verdict, cells }: ComparedRow): string {
  const notes = cells.flatMap(({ note }, column) => (note === null ? [] : [`* [${column + 1}] ${note}`]))
  return [...(winner === null ? [] : [verdict]), ...notes].join(' ')
}

function aligned(rows: readonly string[][]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
