import { expect, test } from 'vitest'
import type { PhotoDetails } from '../../../../shared/contract/calls.ts'
import type { LinkEvidence } from '../../../../shared/contract/groups.ts'
import { emptyMetadata } from '../../../../shared/contract/photo.ts'
import { detailRows, relationText } from './detail-rows.ts'

const details = (changes: Partial<PhotoDetails>): PhotoDetails => ({
  id: 1,
  name: 'a.jpg',
  folder: 'Photos',
  bytes: 1000,
  modifiedMs: 0,
  format: 'jpeg',
  width: 400,
  height: 300,
  truncated: false,
  contentHash: 'a'.repeat(32),
  metadata: emptyMetadata,
  quality: { sharpness: 10, brightness: 100, contrast: 40, jpegQuality: null },
  ...changes,
})

test('differences are marked, also where only one of the photos says something', () => {
  const rows = detailRows(
    [
      details({ metadata: { ...emptyMetadata, lens: '50 mm', latitude: -33.9, longitude: 18.4 } }),
      details({ id: 2, bytes: 2000 }),
    ],
    [],
  )
  const differing = rows.filter((row) => row.differs).map((row) => row.name)
  expect(differing).toEqual(['Size', 'Lens', 'Place'])
  expect(rows.find((row) => row.name === 'Place')?.values).toEqual([expect.stringMatching(/° S, .*° E$/), ''])
})

test('what no photo says takes no row', () => {
  expect(detailRows([details({}), details({ id: 2 })], []).map((row) => row.name)).not.toContain('Camera')
})

test('what was done to a photo stands beside the reference, marked as a difference', () => {
  const crop = { of: 'b', left: 0, top: 0, width: 0.5, height: 1 } as const
  const link: LinkEvidence = {
    tier: 'ai',
    relation: 'cropped',
    changes: ['re-encoded', 'cropped', 'mirrored'],
    crop,
    confidence: 0.9,
    score: 0.8,
    distance: null,
    orientation: 'mirror-horizontal',
    cosine: 0.8,
  }
  const told = [relationText(null, 'ai'), relationText(link, 'ai')]
  const [row] = detailRows([details({}), details({ id: 2 })], told)
  expect(row?.values).toEqual(['reference', expect.stringMatching(/^cropped 50.?%, mirrored$/)])
  expect(row?.differs).toBe(true)
})
