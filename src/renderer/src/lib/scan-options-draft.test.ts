import { describe, expect, test } from 'vitest'
import { ScanOptions } from '../../../shared/contract/scan.ts'
import { draftOf, optionsSummary, readDraft, reduceDraft } from './scan-options-draft.ts'

describe('scan options as a person types them', () => {
  test('come back unchanged', () => {
    const options = ScanOptions.parse({
      include: ['*.jpg'],
      exclude: ['cache/**', '*.tmp'],
      minBytes: 50_500,
      hidden: true,
    })
    expect(readDraft(draftOf(options))).toEqual({ options })
    const plain = ScanOptions.parse({})
    expect(readDraft(draftOf(plain))).toEqual({ options: plain })
  })

  test('blank lines, spaces and repeated patterns do no harm', () => {
    const draft = reduceDraft(draftOf(ScanOptions.parse({})), {
      type: 'typed',
      field: 'exclude',
      text: '  *.tmp \n\n*.tmp\r\nraw/**\n',
    })
    expect(readDraft(draft)).toMatchObject({ options: { exclude: ['*.tmp', 'raw/**'] } })
  })

  test('a size with a decimal comma is understood; what is no size is said, not guessed', () => {
    const typed = (text: string) =>
      readDraft(reduceDraft(draftOf(ScanOptions.parse({})), { type: 'typed', field: 'minKilobytes', text }))
    expect(typed('1,5')).toMatchObject({ options: { minBytes: 1500 } })
    expect(typed('big')).toHaveProperty('mistake')
    expect(typed('-3')).toHaveProperty('mistake')
  })

  test('the summary names what is left out', () => {
    expect(optionsSummary(ScanOptions.parse({}))).toBeNull()
    expect(optionsSummary(ScanOptions.parse({ exclude: ['*.gif'], minBytes: 20_000 }))).toBe(
      'without *.gif · at least 20 kB',
    )
  })
})
