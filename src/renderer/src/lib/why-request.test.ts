import { expect, test } from 'vitest'
import type { GroupPhoto } from '../../../shared/contract/groups.ts'
import { pairToExplain } from './why-request.ts'

const photo = (id: number, reference = false): GroupPhoto => ({
  id,
  name: `${id}.jpg`,
  folder: '',
  bytes: 1,
  width: 1,
  height: 1,
  format: 'jpeg',
  takenAt: null,
  modifiedMs: 0,
  truncated: false,
  offline: false,
  reference,
  decision: 'undecided',
  decidedByPerson: false,
  because: '',
  link: null,
})
const asked = (photos: GroupPhoto[], index: number) => {
  const pair = pairToExplain(photos, index)
  return pair && [pair.a.id, pair.b.id]
}

test('a photo is explained beside its reference, the reference beside the first other one', () => {
  const group = [photo(1), photo(2, true), photo(3)]
  expect([0, 1, 2].map((index) => asked(group, index))).toEqual([
    [2, 1],
    [2, 1],
    [2, 3],
  ])
  expect([0, 1].map((index) => asked([photo(1), photo(2)], index))).toEqual([
    [1, 2],
    [1, 2],
  ])
  expect(asked([photo(1)], 0)).toBeNull()
})
