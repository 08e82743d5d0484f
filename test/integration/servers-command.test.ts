import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nodeBinary, runCommand, scanWithCommand } from '../support/run-command.ts'
import {
  startSmallServer,
  tinyTowerPath,
  type SmallServer,
  type SmallServerOptions,
} from '../support/servers/small-server.ts'
import { distinctPhoto, makeWorkspace, type SmallLibrary } from '../support/small-library.ts'

// Real: the command in its own process, HTTP to a small server in this one, ONNX Runtime on both ends.

const commandLine = fileURLToPath(new URL('../../src/engine/hosts/command-line.ts', import.meta.url))

let place: SmallLibrary
let servers: SmallServer[] = []

beforeEach(async () => {
  place = await makeWorkspace('servers-command')
  vi.stubEnv('TWINLENS_DATA_DIR', join(place.workspace, 'data'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(servers.map((server) => server.stop()))
  servers = []
  await rm(place.workspace, { recursive: true, force: true })
})

async function serve(options: SmallServerOptions = {}): Promise<SmallServer> {
  const server = await startSmallServer(options)
  servers.push(server)
  return server
}

const sources = [
  'abstract-spiral',
  'beacon-street-sunset',
  'blue-periwinkle',
  'canyon-wren',
  'casa-mila',
  'rocket',
].map((name) => `${name}.jpg`)

/** Photos of many subjects: alike ones would make most of the time go into comparing them. */
async function fill(count: number): Promise<void> {
  for (let k = 0; k < count; k++) {
    const bytes = await distinctPhoto(sources[k % sources.length] ?? '', k, 200 + (k % 40))
    await writeFile(join(place.library, `photo-${k}.jpg`), bytes)
  }
}

const catalog = (): string[] => ['--catalog', join(place.workspace, 'catalog')]

test('a scan through a server: the result says what really computed, the token comes from the environment and stays out of it', async () => {
  vi.stubEnv('MY_TOKEN', 'hush-4711')
  const server = await serve({ token: 'hush-4711' })
  await fill(6)
  const imported = await runCommand(['models', 'import', 'openclip-vit-b32', tinyTowerPath, ...catalog()])
  expect(imported).toMatchObject({ code: 0, stdout: expect.stringMatching(/openclip-vit-b32 +here/) as string })
  const { outcome, result } = await scanWithCommand(place.library, place.workspace, [
    ...['--backend', 'pytorch', '--pytorch-url', server.url, '--token-env', 'MY_TOKEN', '--input', 'base64-jpeg'],
  ])
  expect(result.backend).toEqual({
    kind: 'pytorch',
    model: 'tiny-tower',
    provider: 'cpu',
    device: 'cpu',
    fallbackReason: null,
    addresses: [server.url],
    transport: 'http',
    format: 'base64-jpeg',
    verdict: 'equal',
    inFlight: expect.any(Number) as number,
  })
  expect(outcome.stdout).toContain(server.url)
  const written = await readFile(join(place.workspace, 'result.json'), 'utf8')
  for (const text of [outcome.stdout, outcome.stderr, written]) expect(text).not.toContain('hush-')
  const refused = await runCommand(['scan', place.library, ...catalog(), '--pytorch-url', server.url])
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining(server.url) as string })
}, 60_000)

test('a backend that cannot be used ends with code 3 and the reason; auto goes on with this computer', async () => {
  await fill(2)
  const dead = 'http://127.0.0.1:1'
  const scan = ['scan', place.library, ...catalog(), '--quiet']
  const failed = await runCommand([...scan, '--backend', 'triton', '--triton-url', dead])
  expect(failed).toMatchObject({ code: 3, stderr: expect.stringMatching(/127\.0\.0\.1:1 can't be reached/) as string })
  const auto = await runCommand([...scan, '--backend', 'auto', '--triton-url', dead])
  expect(auto).toMatchObject({ code: 0, stdout: expect.stringMatching(/on cpu.*can't be reached/) as string })
}, 60_000)

test('photos do not travel unencrypted to the internet unless that is allowed', async () => {
  await fill(1)
  const scan = [
    'scan',
    place.library,
    ...catalog(),
    '--pytorch-url',
    'http://198.51.100.7:8002',
    '--backend',
    'pytorch',
  ]
  const { code, stderr } = await runCommand(scan)
  expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringMatching(/--allow-unencrypted/) as string })
}, 30_000)

/** Comparing looks is not what this is about. */
const quick = ['--tiers', 'exact,ai', '--quiet']

test('a scan that is killed loses at most one batch and what was under way', async () => {
  const server = await serve()
  await fill(160)
  const arguments_ = [
    'scan',
    place.library,
    ...catalog(),
    '--pytorch-url',
    server.url,
    '--input',
    'base64-png',
    '--quiet',
  ]
  const child = spawn(nodeBinary(), [commandLine, ...arguments_], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  await expect.poll(() => server.embedded, { interval: 5, timeout: 40_000 }).toBeGreaterThan(70)
  child.kill('SIGKILL')
  await ended
  const { result } = await scanWithCommand(place.library, place.workspace, [
    ...['--pytorch-url', server.url, '--input', 'base64-png', ...quick],
  ])
  expect(result.photos).toBe(160)
  expect(result.stats.reused + result.stats.embedded).toBe(160)
  // A batch of 64 that was not written yet, and what the server had answered meanwhile; probes of eight pictures twice.
  expect(server.embedded).toBeLessThan(160 + 64 + 64 + 16)
}, 120_000)

test('Ctrl-C ends a scan at once whose server takes the first question and never answers', async () => {
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  try {
    await fill(1)
    const scan = ['scan', place.library, ...catalog(), '--pytorch-url', `http://127.0.0.1:${port}`]
    const asked = once(silent, 'request')
    const child = spawn(nodeBinary(), [commandLine, ...scan], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    await asked
    const stopped = performance.now()
    child.kill('SIGINT')
    expect(await ended).toEqual([130, null])
    // The question alone may take five seconds.
    expect(performance.now() - stopped).toBeLessThan(3000)
  } finally {
    silent.closeAllConnections()
    silent.close()
  }
}, 30_000)

test('a Triton that does not list its models is asked for the named one; where that does not fit, the reason is told', async () => {
  const tensor = (name: string) => ({ name, datatype: 'FP32', shape: [-1, 3, 224, 224] })
  const known: Record<string, unknown> = {
    '/v2': { name: 'triton', version: '2.51.0', extensions: [] },
    '/v2/models/clip': { name: 'clip', inputs: [tensor('image'), tensor('mask')], outputs: [] },
  }
  const triton = createServer(({ url = '' }, response) => {
    const found = url.startsWith('/v2/health') ? {} : known[url]
    response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? { error: 'No.' }))
  })
  triton.listen(0, '127.0.0.1')
  await once(triton, 'listening')
  const { port } = triton.address() as AddressInfo
  try {
    await fill(1)
    const url = `http://127.0.0.1:${port}`
    const scan = ['scan', place.library, ...catalog(), '--triton-url', url, '--triton-model', 'clip', '--quiet']
    const { code, stderr } = await runCommand(scan)
    expect(stderr).toMatch(/clip has 2 inputs where one picture is expected/)
    expect(code).toBe(3)
  } finally {
    triton.closeAllConnections()
    triton.close()
  }
}, 30_000)

test('where a result cannot be written is told in words, by the benchmark before it measures', async () => {
  const server = await serve()
  await fill(1)
  const nowhere = join(place.workspace, 'no-such-folder', 'result.json')
  const scan = await runCommand(['scan', place.library, ...catalog(), '--tiers', 'exact', '--json', nowhere])
  expect(scan).toMatchObject({ code: 2, stderr: expect.stringMatching(/result\.json could not be written/) as string })
  const benchmark = ['benchmark', '--pytorch-url', server.url, '--results', join(place.workspace, 'results')]
  const measured = await runCommand([...benchmark, '--output', nowhere, ...catalog()])
  expect(measured).toMatchObject({ code: 2, stderr: expect.stringMatching(/Nothing was measured/) as string })
  expect(server.embedded).toBe(0)
}, 30_000)

test('with no address named, the servers of the app are used, and no others', async () => {
  await fill(1)
  await mkdir(join(place.workspace, 'data'), { recursive: true })
  await copyFile(join(place.library, 'photo-0.jpg'), join(place.library, 'copy.jpg'))
  const none = await runCommand(['scan', place.library, ...catalog(), '--backend', 'pytorch'])
  expect(none).toMatchObject({ code: 3, stderr: expect.stringMatching(/No PyTorch server is set up/) as string })
}, 30_000)
