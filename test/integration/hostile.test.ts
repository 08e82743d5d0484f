import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ScanResult } from '../../src/shared/contract/scan-result.ts'
import { generateHostile, type Expectation } from '../fixtures/generate-hostile.ts'
import { scanWithCommand, type CommandOutcome } from '../support/run-command.ts'

// Real: the command in its own process on files that have broken photo tools. Nothing may stop the scan or go unsaid.

let folder: string
let expectations: Expectation[]
let outcome: CommandOutcome
let result: ScanResult

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-hostile-'))
  const library = join(folder, 'library')
  await mkdir(library)
  ;({ expectations } = await generateHostile(library))
  ;({ outcome, result } = await scanWithCommand(library, folder))
}, 240_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

function withOutcome<O extends Expectation['outcome']>(kind: O): Extract<Expectation, { outcome: O }>[] {
  return expectations.filter((item): item is Extract<Expectation, { outcome: O }> => item.outcome === kind)
}

const codeOf = (path: string): string | undefined => result.unreadable.find((file) => file.path === path)?.code

test('the scan finishes and says by its exit code that some files could not be read', () => {
  expect(outcome.code, outcome.stderr).toBe(1)
})

test('every odd but sound photo is read: it is grouped with its identical twin', () => {
  const exact = result.groups
    .filter(({ tier }) => tier === 'exact')
    .map(({ members }) => members.map(({ path }) => path))
  const lost = withOutcome('photo')
    .filter(({ path, twin }) => !exact.some((paths) => paths.includes(path) && paths.includes(twin)))
    .map(({ path }) => `${path}: ${codeOf(path) ?? 'not mentioned'}`)
  expect(lost).toEqual([])
})

test('a photo that is cut short but can be shown is scanned and flagged', () => {
  const flagged = withOutcome('photo').filter(({ truncated }) => truncated)
  expect(flagged.length).toBeGreaterThan(0)
  for (const { path, twin } of flagged) expect(result.truncated).toEqual(expect.arrayContaining([path, twin]))
})

test('every broken file is listed with its reason', () => {
  const wrong = withOutcome('unreadable')
    .filter(({ path, codes }) => !codes.some((code) => code === codeOf(path)))
    .map(({ path, codes }) => `${path}: ${codeOf(path) ?? 'not listed'}, expected ${codes.join(' or ')}`)
  expect(wrong).toEqual([])
  for (const { message } of result.unreadable) expect(message.length).toBeGreaterThan(10)
})

test('links, pipes, hidden files and other documents are passed over without an error', () => {
  const listed = withOutcome('ignored').filter(({ path }) => codeOf(path) !== undefined)
  expect(listed).toEqual([])
})

test('no file is lost: photos and unreadable files add up', () => {
  const photos = withOutcome('photo').length * 2
  const accounted = photos + withOutcome('unreadable').length + withOutcome('mentioned').length
  expect(result.photos + result.unreadable.length).toBe(accounted)
})
