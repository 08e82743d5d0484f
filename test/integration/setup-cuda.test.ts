import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

// Real: the script as a person runs it. The programs it finds on PATH are ours: Node, and NVIDIA's tool or none.

const script = fileURLToPath(new URL('../../scripts/setup-cuda.mjs', import.meta.url))
let programs: string

beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), 'twinlens-cuda-'))
  symlinkSync(process.execPath, join(programs, 'node'))
})
afterEach(() => rmSync(programs, { recursive: true, force: true }))

function setupCuda(env: Record<string, string> = {}): { status: number | null; said: string } {
  const { status, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { PATH: programs, HOME: programs, ...env },
  })
  return { status, said: stderr }
}

test('without an NVIDIA card it says so, changes nothing and leaves with 2', () => {
  const { status, said } = setupCuda()
  expect(said).toMatch(process.platform === 'linux' ? /No NVIDIA graphics card/ : /Linux on x64 only/)
  expect(said).toContain('Nothing was changed.')
  expect(status).toBe(2)
})

// Elsewhere the script ends before it looks for a card.
test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'without a connection it says so and leaves with 3',
  () => {
    writeFileSync(join(programs, 'nvidia-smi'), '#!/bin/sh\necho "NVIDIA Test Card, 580.10"\n')
    chmodSync(join(programs, 'nvidia-smi'), 0o755)
    // Port 9 (discard) of this machine: nobody is there.
    const { status, said } = setupCuda({ HTTPS_PROXY: 'http://127.0.0.1:9' })
    expect(said).toContain('Found NVIDIA Test Card, 580.10.')
    expect(said).toMatch(/can't be reached .*nothing was downloaded/)
    expect(status).toBe(3)
  },
)
