import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from '@playwright/test'
import { answerOpenDialog, launch, type Launched } from './launch.ts'

/* Real: the built app as a person starts it, its page, its engine. */
let running: Launched
test.beforeAll(async () => {
  running = await launch()
})
test.afterAll(() => running.dispose())

test('the page has no Node, and of the app only the bridge', async () => {
  const found = await running.page.evaluate(() => ({
    node: ['require', 'process', 'module', 'Buffer', 'global'].filter((name) => name in window),
    bridge: Object.keys(window.twinlens).sort(),
    address: location.href,
  }))
  expect(found.node).toEqual([])
  expect(found.address).toMatch(/^app:\/\/twinlens\/index\.html/)
  expect(found.bridge).toEqual(
    [
      'chooseBenchmarkFile',
      'chooseExportFile',
      'chooseFolders',
      'chooseModelFile',
      'chooseMoveFolder',
      'copyText',
      'grantDropped',
      'onMenu',
      'platform',
      'requestEnginePort',
      'showInFolder',
      'versions',
    ].sort(),
  )
})

test('the window is sandboxed and isolated', async () => {
  const preferences = await running.app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    // Not in Electron's types, but what it really applies.
    return (contents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences()
  })
  expect(preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
  })
})

test('code made from text, inline code and inline style sheets do not run', async () => {
  const ran = await running.page.evaluate(async () => {
    // The page's own `eval` would be Playwright's, which a policy does not bind; a script element is bound.
    const probe = window as unknown as { inlineRan?: boolean }
    const script = document.createElement('script')
    const policy = 'trustedTypes' in window
    try {
      script.textContent = 'window.inlineRan = true'
      document.head.append(script)
    } catch {
      // Trusted Types refuse the text already.
    }
    const style = document.createElement('style')
    style.textContent = 'body { outline: 7px solid red }'
    document.head.append(style)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const outline = getComputedStyle(document.body).outlineWidth
    script.remove()
    style.remove()
    return { inline: probe.inlineRan ?? false, styled: outline === '7px', policy }
  })
  expect(ran).toEqual({ inline: false, styled: false, policy: true })
})

test('new windows are refused', async () => {
  const opened = await running.page.evaluate(() => [
    window.open('https://example.com') === null,
    window.open('app://twinlens/index.html') === null,
    window.open('file:///etc/passwd') === null,
  ])
  expect(opened).toEqual([true, true, true])
  expect(running.app.windows()).toHaveLength(1)
})

test('navigation away is refused', async () => {
  const before = running.page.url()
  for (const target of [
    'https://example.com/',
    'file:///etc/passwd',
    'app://elsewhere/index.html',
    'data:text/html,x',
  ]) {
    await running.page.evaluate((url) => {
      location.href = url
    }, target)
    await running.page.waitForTimeout(150)
    expect(running.page.url(), target).toBe(before)
  }
})

test('nothing is sent to the network', async () => {
  let requests = 0
  const server = createServer((_request, response) => {
    requests++
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.end('x')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const outcomes = await running.page.evaluate(async (url) => {
    const image = new Promise((resolve) => {
      const element = new Image()
      element.addEventListener('load', () => resolve('loaded'))
      element.addEventListener('error', () => resolve('refused'))
      element.src = url
    })
    const fetched = fetch(url).then(
      () => 'loaded',
      () => 'refused',
    )
    return Promise.all([image, fetched])
  }, `http://127.0.0.1:${port}/`)
  await new Promise((resolve) => server.close(resolve))
  expect(outcomes).toEqual(['refused', 'refused'])
  expect(requests).toBe(0)
})

test('permissions are refused', async () => {
  const denied = await running.page.evaluate(async () => {
    const camera = await navigator.mediaDevices.getUserMedia({ video: true }).then(
      () => 'granted',
      (error: Error) => error.name,
    )
    return { camera, notifications: await Notification.requestPermission() }
  })
  expect(denied.camera).not.toBe('granted')
  expect(denied.notifications).toBe('denied')
})

test('photo:// answers ids of the catalog only, and never a path', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinlens-test-'))
  const file = path.join(folder, 'secret.png')
  await writeFile(file, Buffer.from('iVBORw0KGgo=', 'base64'))
  const statuses = await running.page.evaluate(
    async (urls) => {
      const answers: Record<string, string> = {}
      for (const url of urls) {
        answers[url] = await fetch(url).then(
          (response) => String(response.status),
          () => 'refused',
        )
      }
      return answers
    },
    [
      'photo://thumbnail/987654321',
      'photo://thumbnail/0',
      'photo://thumbnail/-1',
      'photo://thumbnail/1e9',
      'photo://thumbnail/../../etc/passwd',
      'photo://thumbnail/..%2f..%2f..%2fetc%2fpasswd',
      `photo://thumbnail${file}`,
      `photo://picture${file}?side=512`,
      `photo://picture/1?side=512&path=${encodeURIComponent(file)}`,
      'photo://picture/1?side=100000',
      'photo://picture/1',
      'photo://file/1',
    ],
  )
  await rm(folder, { recursive: true })
  expect(Object.values(statuses)).toEqual(Object.values(statuses).map(() => '404'))
})

test('app:// serves the built page and nothing beside it', async () => {
  const statuses = await running.page.evaluate(async () => {
    const urls = [
      'app://twinlens/index.html',
      'app://twinlens/../main/index.cjs',
      'app://twinlens/..%2fmain%2findex.cjs',
      'app://twinlens/%2e%2e/main/index.cjs',
      'app://twinlens//etc/passwd',
      'app://twinlens/.sources-sha256',
    ]
    return Promise.all(
      urls.map((url) =>
        fetch(url).then(
          (response) => response.status,
          () => 0,
        ),
      ),
    )
  })
  expect(statuses[0]).toBe(200)
  expect(statuses.slice(1).every((status) => status !== 200)).toBe(true)
})

test('a message from a window that is not ours is rejected, even with our page and preload script in it', async () => {
  await answerOpenDialog(running.app, [])
  expect(await running.page.evaluate(() => window.twinlens.chooseFolders())).toEqual([])

  const opening = running.app.waitForEvent('window')
  await running.app.evaluate(
    async ({ BrowserWindow }, preload) => {
      const additionalArguments = ['--twinlens={"app":"","runtimeNote":null}']
      const stranger = new BrowserWindow({
        show: false,
        webPreferences: { sandbox: true, preload, additionalArguments },
      })
      await stranger.loadURL('app://twinlens/index.html')
    },
    path.resolve(import.meta.dirname, '../../out/preload/index.cjs'),
  )
  const stranger = await opening
  const answer = await stranger.evaluate(() =>
    window.twinlens.chooseFolders().then(
      () => 'answered',
      (error: Error) => error.message,
    ),
  )
  await stranger.close()
  expect(answer).toContain('Unknown sender')
})

test('a message with parameters that do not fit is rejected', async () => {
  const answers = await running.page.evaluate(async () => {
    const reason = (promise: Promise<unknown>): Promise<string> =>
      promise.then(
        () => 'answered',
        (error: Error) => error.message,
      )
    return Promise.all([
      reason(window.twinlens.showInFolder('/etc/passwd' as unknown as number)),
      reason(window.twinlens.showInFolder(-1)),
      reason(window.twinlens.chooseExportFile('exe' as 'json', 'x')),
    ])
  })
  for (const answer of answers) expect(answer).toContain('do not fit')
})
