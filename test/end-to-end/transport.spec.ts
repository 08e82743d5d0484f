import path from 'node:path'
import { expect, test } from '@playwright/test'
import { launch, type Launched } from './launch.ts'
import { buildTransportApp } from './transport-app/build.ts'

/*
 * Real: Electron, the app's own main process and preload script, the utility process or Node child, the message ports.
 * Not real: the engine, which loads no native package so that it also runs inside an old Electron.
 */
const root = path.resolve(import.meta.dirname, '../..')
const node24 = path.join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')

let main: string
test.beforeAll(async () => {
  main = await buildTransportApp()
})

for (const kind of ['utility process', 'Node child'] as const) {
  test.describe(kind, () => {
    let running: Launched
    test.beforeEach(async () => {
      const env: Record<string, string> = kind === 'Node child' ? { TRANSPORT_NODE: node24 } : {}
      // The first button is “Try again”.
      running = await launch({ main, env, messageBoxAnswer: 0 })
      await running.page.waitForFunction(() => Boolean(window.transport?.engine))
    })
    test.afterEach(() => running.dispose())

    test('the engine is a process of its own and answers 100 calls with 200 KB arrays', async () => {
      const { page, app } = running
      const result = await page.evaluate(async () => {
        const engine = window.transport.engine
        if (engine === null) throw new Error('no engine')
        const about = await engine.call('process', null)
        const started = performance.now()
        const sums = await Promise.all(
          Array.from({ length: 100 }, async (_value, index) => {
            const { values } = await engine.call('numbers.double', { values: new Float32Array(50_000).fill(index) })
            return [values.length, values[0], values[49_999]]
          }),
        )
        return { about, sums, ms: performance.now() - started }
      })
      expect(result.sums).toEqual(Array.from({ length: 100 }, (_value, index) => [50_000, 2 * index, 2 * index]))
      expect(result.about.pid).not.toBe(app.process().pid)
      if (kind === 'Node child')
        expect(result.about).toMatchObject({ electron: null, node: expect.stringMatching(/^24\./) })
      test.info().annotations.push({ type: 'ms for 100 × 200 KB there and back', description: result.ms.toFixed(0) })
    })

    test('progress flows and a cancelled call stops in the engine', async () => {
      const result = await running.page.evaluate(async () => {
        const engine = window.transport.engine
        if (engine === null) throw new Error('no engine')
        const controller = new AbortController()
        const seen: number[] = []
        const ended = await engine
          .call('count', null, {
            signal: controller.signal,
            onProgress: (value) => {
              seen.push(value)
              if (value === 10) controller.abort()
            },
          })
          .then(
            () => 'finished',
            (error: { code?: string }) => error.code,
          )
        let cancelled = 0
        for (let tries = 0; cancelled === 0 && tries < 100; tries++) cancelled = await engine.call('cancelled', null)
        return { ended, cancelled, seen }
      })
      expect(result).toEqual({ ended: 'cancelled', cancelled: 1, seen: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] })
    })

    test('an engine that crashes is started again, the page gets a new port, and open calls end', async () => {
      const { page } = running
      const first = await page.evaluate(() => window.transport.engine?.call('process', null))
      const lost = page.evaluate(() =>
        window.transport.engine?.call('crash', null).then(
          () => 'answered',
          (error: { code?: string }) => error.code,
        ),
      )
      await page.waitForFunction(() => window.transport.ports === 2)
      expect(await lost).toBe('engine-lost')
      const second = await page.evaluate(() => window.transport.engine?.call('process', null))
      expect(second?.pid).not.toBe(first?.pid)
    })

    test('an engine that keeps crashing is given up with a message, and can be tried again', async () => {
      const { page, messageBoxes } = running
      for (let end = 1; end <= 3; end++) {
        await page.evaluate(() => void window.transport.engine?.call('crash', null).catch(() => undefined))
        await page.waitForFunction((ports) => window.transport.ports === ports, end + 1)
      }
      const asked = await messageBoxes()
      expect(asked).toHaveLength(1)
      expect(asked[0]).toContain('ended three times within a minute')
      const about = await page.evaluate(() => window.transport.engine?.call('process', null))
      expect(about?.pid).toBeGreaterThan(0)
    })

    test('photo:// serves what the engine gives for an id, readable by the page', async () => {
      const size = await running.page.evaluate(async () => {
        const response = await fetch('photo://thumbnail/1')
        const bytes = await response.arrayBuffer()
        return { status: response.status, type: response.headers.get('content-type'), bytes: bytes.byteLength }
      })
      expect(size).toEqual({ status: 200, type: 'image/gif', bytes: 42 })
      const missing = await running.page.evaluate(async () => (await fetch('photo://picture/2?side=512')).status)
      expect(missing).toBe(404)
    })

    test('closing the window ends the engine', async () => {
      const { page, close } = running
      const about = await page.evaluate(() => window.transport.engine?.call('process', null))
      const pid = about?.pid ?? 0
      await close()
      const isThere = (): boolean => {
        try {
          return process.kill(pid, 0)
        } catch {
          return false
        }
      }
      await expect.poll(isThere).toBe(false)
    })
  })
}
