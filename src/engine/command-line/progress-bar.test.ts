import { expect, test } from 'vitest'
import type { ScanProgress } from '../../shared/contract/scan.ts'
import { progressPrinter } from './progress-bar.ts'

const reason =
  "http://gpu-box.example.org:8002 can't be reached: nothing listens there. Check that the server runs and that the port is right."
const progress: ScanProgress = {
  phase: 'analysing',
  found: 60,
  read: 24,
  reused: 0,
  embedded: 24,
  matched: 0,
  unreadable: 0,
  groups: 0,
  imagesPerSecond: 12,
  secondsLeft: { low: 3, high: 16 },
  backend: null,
  outage: null,
}

function shown(isTTY: boolean, frames: readonly ScanProgress[]): string {
  let text = ''
  const write = (part: unknown): boolean => {
    text += String(part)
    return true
  }
  const printer = progressPrinter({ isTTY, columns: 80, write })
  for (const frame of frames) printer.show(frame)
  return text
}

test.each([true, false])('an outage is told at once and in full, terminal: %s; its end too', (isTTY) => {
  const outage = { sinceMs: 0, reason, localPossible: false }
  const text = shown(isTTY, [progress, { ...progress, outage }, { ...progress, outage }, progress])
  expect(text.split(`Waiting: ${reason}`)).toHaveLength(2)
  expect(text).toMatch(/goes on by itself/)
  expect(text.trimEnd()).toMatch(/Going on\.$/)
})

test('what is not a terminal is not cut to the width of one', () => {
  const address = 'http://a-long-name-of-a-server.in-the-second-rack.example.org:8002'
  const backend = {
    kind: 'pytorch',
    model: 'm',
    provider: 'cuda',
    device: 'A100',
    fallbackReason: null,
    addresses: [address],
    transport: 'http',
    format: 'multipart-jpeg',
    verdict: 'equal',
    inFlight: 4,
  } as const
  expect(shown(false, [{ ...progress, backend: { ...backend, addresses: [address] } }])).toContain(`${address} (A100)`)
})
