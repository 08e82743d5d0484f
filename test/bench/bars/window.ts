import { measured, notMeasured, type BarResult } from '../bar.ts'
import type { Bench } from '../workspace.ts'
import { rm } from 'node:fs/promises'

/** Start of the built app until its window can be used, on a catalog that exists already. */
export async function benchWindow(bench: Bench): Promise<BarResult[]> {
  const name = 'start to usable window, warm'
  if (process.env['TWINLENS_TEST_ELECTRON'] === undefined) {
    return [
      notMeasured(
        name,
        'no Electron was given in TWINLENS_TEST_ELECTRON; `npm run bench` gives one where there is one',
      ),
    ]
  }
  const { launch } = await import('../../end-to-end/launch.ts')
  const seconds: number[] = []
  const first = await launch()
  await first.close()
  for (let run = 0; run < bench.runs; run++) {
    bench.say(`window: run ${run + 1} of ${bench.runs}`)
    const started = performance.now()
    const app = await launch()
    await app.page.getByRole('button').first().waitFor({ state: 'visible' })
    seconds.push((performance.now() - started) / 1000)
    await app.dispose()
  }
  await rm(`${bench.workspace}/window`, { recursive: true, force: true })
  return [
    measured(
      name,
      { side: 'at-most', value: 2, unit: 's' },
      seconds,
      'until the first button can be seen, by Playwright',
    ),
    notMeasured('start: added to Electron’s own', 'not separated from Electron’s own start yet'),
  ]
}
