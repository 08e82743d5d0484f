import { afterAll, expect, test } from 'vitest'
import { loadManifest } from '../embedding/manifest.ts'
import type { InputOffer, ServerKind } from '../../shared/contract/servers.ts'
import { measureCeiling } from './generator-ceiling.ts'
import { LoadProcess } from './load-process.ts'

// Real: the load process, the null server's process, and the clients that scans use, over sockets.

const load = new LoadProcess()
afterAll(() => load.close())

const { models } = await loadManifest(new URL('../../../resources', import.meta.url).pathname)
const preprocessing = models.find(({ role }) => role === 'server-twin')?.input.preprocessing

test.each<[ServerKind, InputOffer['transport'], InputOffer['format']]>([
  ['triton', 'http', 'fp32'],
  ['triton', 'http', 'json-fp32'],
  ['triton', 'grpc', 'uint8'],
  ['pytorch', 'http', 'base64-jpeg'],
])(
  'the null server satisfies the %s client over %s with %s, and shows the generator’s limit',
  async (kind, transport, format) => {
    if (preprocessing === undefined) throw new Error('the manifest has no twin of the servers’ model')
    const offer: InputOffer = {
      model: 'openclip_vit_b32',
      version: '1',
      transport,
      format,
      maxBatch: 32,
      dimension: 512,
    }
    const ceiling = await measureCeiling(load, { kind, offer, preprocessing }, 1, new AbortController().signal)
    expect(ceiling).toEqual({ rps: expect.any(Number) })
    // Even 1.5 MB of JSON a request leave more than this on a busy two-core machine.
    expect(ceiling.rps).toBeGreaterThan(20)
    process.stdout.write(`${kind} ${transport} ${format}: ${ceiling.rps?.toFixed(0)} requests/s\n`)
  },
)
