import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { plantedLoad, plantedResult, plantedSamples } from '../benchmarking/results-sample.ts'
import { summariseLatencies } from '../benchmarking/statistics.ts'
import { compareCommand, declareCompare, declareReport, reportCommand } from './benchmark-report-commands.ts'

let folder: string
let printed: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-compare-'))
  printed = ''
  const keep = (text: string | Uint8Array): boolean => {
    printed += String(text)
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(keep)
  vi.spyOn(process.stderr, 'write').mockImplementation(keep)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

async function file(name: string, meanMs: number): Promise<string> {
  const result = plantedResult('triton', {
    single: summariseLatencies(plantedSamples(meanMs, 60, 0.1, meanMs)),
    concurrent: plantedLoad({ meanMs, concurrency: 8, seed: meanMs }),
  })
  await writeFile(join(folder, name), JSON.stringify({ ...result, timestamp: `2026-11-23T10:00:${meanMs % 60}Z` }))
  return join(folder, name)
}

/** As the command line runs them: the declared options, parsed. */
async function run(args: string[]): Promise<number> {
  let code = -1
  const program = new Command('benchmark').exitOverride()
  declareCompare(program.command('compare').exitOverride()).action(async (files: string[], options: unknown) => {
    code = await compareCommand(files, options)
  })
  declareReport(program.command('report').exitOverride()).action(async (files: string[], options: unknown) => {
    code = await reportCommand(files, options)
  })
  await program.parseAsync(args, { from: 'user' })
  return code
}

test('compare prints both, the winner, and ends with 1 on a regression where asked', async () => {
  const files = [await file('a.json', 100), await file('b.json', 150)]
  expect(await run(['compare', ...files])).toBe(0)
  expect(printed).toMatch(/Single image, median \(ms\)\s+\d+ \(.+\)\s+\d+ \(.+\)\s+.* is 1\.\d\d–1\.\d\d × better/)
  expect(printed).toContain('[2] against [1]: worse.')
  expect(await run(['compare', '--fail-on-regression', ...files])).toBe(1)
  expect(await run(['compare', '--fail-on-regression', files[1]!, files[0]!])).toBe(0)
})

test('report writes what was asked for; a bad file is told, the others are reported', async () => {
  const good = await file('a.json', 100)
  await writeFile(join(folder, 'bad.json'), 'nothing')
  const [markdown, html, csv] = ['r.md', 'r.html', 'r.csv'].map((name) => join(folder, name))
  const code = await run([
    'report',
    good,
    join(folder, 'bad.json'),
    '--markdown',
    markdown!,
    '--html',
    html!,
    '--csv',
    csv!,
    '--photos',
    '5000',
  ])
  expect(code).toBe(1)
  expect(printed).toContain('bad.json is not JSON')
  expect(await readFile(markdown!, 'utf8')).toContain('your 5,000 photos in')
  expect(await readFile(html!, 'utf8')).toContain('<svg')
  expect(await readFile(csv!, 'utf8')).toContain('concurrent.throughput_rps')
})

test('no readable file, an unwritable report: said as such', async () => {
  await expect(run(['compare', join(folder, 'gone.json')])).rejects.toMatchObject({ code: 'invalid-request' })
  expect(printed).toContain('gone.json could not be read')
  const good = await file('a.json', 100)
  await expect(run(['report', good, '--html', join(folder, 'no', 'r.html')])).rejects.toMatchObject({
    code: 'destination-unusable',
  })
})

test('report writes a picture a chart and one with the main charts side by side', async () => {
  const files = [await file('a.json', 100), await file('b.json', 150)]
  const pictures = join(folder, 'new', 'pictures')
  expect(await run(['report', ...files, '--png', pictures])).toBe(0)
  const names = await readdir(pictures)
  expect(names).toEqual(expect.arrayContaining(['comparison_chart.png', 'latency-percentiles.png']))
  for (const name of names) {
    const { format, width, height } = await sharp(join(pictures, name)).metadata()
    expect([format, width >= 1500, height >= 600], name).toEqual(['png', true, true])
    // Something is drawn on it: more than the one colour of the ground.
    const { channels } = await sharp(join(pictures, name)).stats()
    expect(Math.max(...channels.map(({ stdev }) => stdev)), name).toBeGreaterThan(5)
  }
})

test('names in a stranger’s file cannot steer the terminal, nor break a picture; a byte order mark is no fault', async () => {
  const named = JSON.parse(await readFile(await file('a.json', 100), 'utf8')) as object
  await writeFile(join(folder, 'b.json'), `\uFEFF${JSON.stringify({ ...named, label: 'evil\u001b[31m\u202e<b>' })}`)
  expect(await run(['compare', join(folder, 'b.json')])).toBe(0)
  expect(printed).toContain('evil')
  for (const character of ['\u001b', '\u202e']) expect(printed).not.toContain(character)
  const pictures = join(folder, 'pictures')
  expect(await run(['report', join(folder, 'b.json'), '--png', pictures])).toBe(0)
  expect(await readdir(pictures)).not.toHaveLength(0)
})
