import fc from 'fast-check'
import { expect, test } from 'vitest'
import { suggestKeep, type KeepCandidate } from './suggest.ts'

const photo = (id: number, extra: Partial<KeepCandidate> = {}): KeepCandidate => ({
  id,
  takenAt: null,
  utcOffset: null,
  modifiedMs: Date.UTC(2020, 0, 1),
  width: 4000,
  height: 3000,
  bytes: 1000,
  folderOrder: 0,
  path: `/photos/${id}.jpg`,
  truncated: false,
  parts: 0,
  format: 'jpeg',
  ...extra,
})

test('oldest by capture time, on the UTC clock where the offset is known', () => {
  const early = photo(1, { takenAt: '2019-05-04T10:00:00', utcOffset: '+09:00' })
  const late = photo(2, { takenAt: '2019-05-04T09:00:00', utcOffset: '+00:00' })
  const { keep, because } = suggestKeep([late, early], 'oldest')
  expect(keep).toBe(1)
  expect(because.get(1)).toBe('Kept: oldest, taken 4 May 2019.')
  expect(because.get(2)).toBe('Copy of 1.jpg, which stays: oldest, taken 4 May 2019.')
})

test('without capture times the file time decides, and says so; then folder, length and name of the path', () => {
  const says = (a: KeepCandidate, b: KeepCandidate): [number, string | undefined] => {
    const { keep, because } = suggestKeep([a, b], 'oldest')
    return [keep, because.get(keep)]
  }
  expect(says(photo(1), photo(2, { modifiedMs: new Date(2018, 1, 2).getTime() }))).toEqual([
    2,
    'Kept: oldest file, of 2 Feb 2018.',
  ])
  expect(says(photo(1, { folderOrder: 1 }), photo(2))).toEqual([2, 'Kept: it is in the folder that comes first.'])
  expect(says(photo(1, { path: '/a/long/way.jpg' }), photo(2))[0]).toBe(2)
  expect(says(photo(1), photo(2, { modifiedMs: photo(1).modifiedMs + 1000 }))[1]).toMatch(
    /^Kept: oldest file, of .*, \d\d:\d\d:\d\d\.$/,
  )
  expect(says(photo(1, { path: '/p/10.jpg' }), photo(2, { path: '/p/09.jpg' }))[0]).toBe(2)
})

test('a whole file stays rather than one that is cut short, whatever the rule', () => {
  const cut = photo(1, { truncated: true, takenAt: '2001-01-01T00:00:00', width: 9000 })
  for (const rule of ['oldest', 'largest', 'first-folder'] as const) {
    expect(suggestKeep([cut, photo(2, { folderOrder: 3 })], rule).keep).toBe(2)
  }
})

test('a photo with its video stays rather than a bare one, unless that is cut short', () => {
  const live = photo(1, { parts: 1, modifiedMs: Date.UTC(2024, 0, 1), folderOrder: 3 })
  for (const rule of ['oldest', 'largest', 'first-folder'] as const) {
    const { keep, because } = suggestKeep([photo(2), live], rule)
    expect([keep, because.get(1)]).toEqual([1, 'Kept: its video, raw file or JPEG lies beside it.'])
    expect(suggestKeep([photo(2), { ...live, truncated: true }], rule).keep).toBe(2)
  }
})

test('each copy is told what decided between it and the one that stays', () => {
  const kept = photo(1, { path: '/a/one.jpg', takenAt: '2019-05-04T10:00:00' })
  const dated = photo(2, { path: '/b/one.jpg', takenAt: '2019-05-04T10:00:01' })
  const undated = photo(3, { path: '/c/three.jpg', modifiedMs: 0 })
  const cut = photo(4, { path: '/d/four.jpg', takenAt: '2001-01-01T00:00:00', truncated: true })
  const { because } = suggestKeep([undated, cut, dated, kept], 'oldest')
  expect([...because].toSorted()).toEqual([
    [1, 'Kept: oldest, taken 4 May 2019, 10:00:00.'],
    [2, 'Copy of /a/one.jpg, which stays: oldest, taken 4 May 2019, 10:00:00.'],
    [3, 'Copy of /a/one.jpg, which stays: it says when it was taken, 4 May 2019.'],
    [4, 'Copy of /a/one.jpg, which stays: its file is complete.'],
  ])
})

test('largest goes by pixels, then bytes; first-folder by the order of folders', () => {
  const small = photo(1, { width: 800, height: 600, bytes: 9000, modifiedMs: 0 })
  const large = photo(2, { folderOrder: 1 })
  const heavy = photo(3, { folderOrder: 2, bytes: 2000 })
  expect(suggestKeep([small, large], 'largest').because.get(2)).toBe('Kept: largest, 4000 × 3000 pixels.')
  expect(suggestKeep([small, large, heavy], 'largest').because.get(3)).toBe('Kept: largest file, 2,000 bytes.')
  expect(suggestKeep([heavy, large], 'first-folder').keep).toBe(2)
})

test('the choice does not depend on the order of the photos', () => {
  const candidate = fc.record({
    modifiedMs: fc.integer({ min: 0, max: 3 }),
    folderOrder: fc.integer({ min: 0, max: 2 }),
  })
  fc.assert(
    fc.property(
      fc.array(candidate, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('oldest', 'largest', 'first-folder'),
      (list, rule) => {
        const photos = list.map((extra, id) => photo(id, extra))
        const forward = suggestKeep(photos, rule)
        const backward = suggestKeep([...photos].reverse(), rule)
        expect(backward.keep).toBe(forward.keep)
        expect(new Map([...backward.because].sort())).toEqual(new Map([...forward.because].sort()))
      },
    ),
  )
})
