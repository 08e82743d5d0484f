import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measured, median, notMeasured, type BarResult } from '../bar.ts'
import type { Bench } from '../workspace.ts'

type Launch = (typeof import('../../end-to-end/launch.ts'))['launch']

const bare = fileURLToPath(new URL('../bare-window/main.cjs', import.meta.url))

/** Seconds from the start of the program until its first button can be used. */
async function secondsToButton(launch: Launch, home: string, main: string | null): Promise<number> {
  const started = performance.now()
  const app = await launch({ home, ...(main === null ? {} : { main }) })
  try {
    await app.page.getByRole('button').first().click({ trial: true })
    return (performance.now() - started) / 1000
  } finally {
    await app.close()
  }
}

/**
 * Start of the built app until its window can be used, on a catalog that exists already, against an app that opens one
 * window with one button and nothing else. Where `npm run bench` has no Electron to give, nothing is measured.
 */
export async function benchWindow(bench: Bench): Promise<BarResult[]> {
  const whole = 'start to usable window, warm'
  const added = 'start: added to Electron’s own'
  if (process.env['TWINLENS_TEST_ELECTRON'] === undefined) {
    const reason = 'no Electron was given in TWINLENS_TEST_ELECTRON'
    return [notMeasured(whole, reason), notMeasured(added, reason)]
  }
  const { launch } = await import('../../end-to-end/launch.ts')
  const home = await mkdtemp(join(tmpdir(), 'twinlens-window-'))
  const seconds: { app: number[]; bare: number[] } = { app: [], bare: [] }
  try {
    await secondsToButton(launch, home, null)
    await secondsToButton(launch, home, bare)
    for (let run = 0; run < bench.runs; run++) {
      bench.say(`window: run ${run + 1} of ${bench.runs}`)
      seconds.app.push(await secondsToButton(launch, home, null))
      seconds.bare.push(await secondsToButton(launch, home, bare))
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
  return [
    measured(whole, { side: 'at-most', value: 2, unit: 's' }, seconds.app, 'until the first button takes a click'),
    measured(
      added,
      { side: 'at-most', value: 150, unit: 'ms' },
      seconds.app.map((value, i) => 1000 * (value - (seconds.bare[i] ?? NaN))),
      `against a bare window, ${median(seconds.bare).toFixed(2)} s`,
    ),
  ]
}
