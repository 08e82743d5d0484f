import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planRemovals, type PlanGroup, type PlanMember } from './plan.ts'

const member = (id: number, extra: Partial<PlanMember> = {}): PlanMember => ({
  id,
  online: true,
  truncated: false,
  device: 1n,
  inode: BigInt(1000 + id),
  links: 1,
  bytes: 10,
  ...extra,
})
const group = (id: string, ...members: PlanMember[]): PlanGroup => ({ id, tier: 'exact', members })
const removed = (groups: PlanGroup[], ...wanted: number[]): number[] =>
  planRemovals(groups, new Set(wanted)).removals.map(({ id }) => id)

test('all copies marked: the first whole one stays', () => {
  expect(removed([group('g', member(1), member(2), member(3))], 1, 2, 3)).toEqual([2, 3])
  expect(removed([group('g', member(1, { truncated: true }), member(2))], 1, 2)).toEqual([1])
})

test('a chain over two groups never empties either', () => {
  const [a, b, c] = [member(1), member(2), member(3)]
  const plan = planRemovals([group('ab', a, b), group('bc', b, c)], new Set([1, 2]))
  expect(plan.removals).toEqual([{ id: 2, groupId: 'ab', tier: 'exact', keeps: 1 }])
  expect(plan.refused).toEqual([{ id: 1, code: 'last-copy', groupId: 'ab' }])
})

test('a copy on a drive that is away vouches for nobody', () => {
  expect(removed([group('g', member(1, { online: false }), member(2))], 2)).toEqual([])
})

test('two paths to one file are one copy; hard links are two names of it', () => {
  const same = { device: 1n, inode: 7n }
  expect(removed([group('g', member(1, same), member(2, same))], 2)).toEqual([])
  expect(removed([group('g', member(1, { ...same, links: 2 }), member(2, { ...same, links: 2 }))], 2)).toEqual([2])
})

test('more paths than the file has names: some of them are the same name, so none vouches', () => {
  const same = { device: 1n, inode: 7n, links: 2 }
  const groups = [group('g', member(1, same), member(2, same), member(3, same))]
  expect(removed(groups, 1, 2)).toEqual([])
  expect(removed([...groups, group('h', member(3, same), member(4))], 1, 2)).toEqual([])
})

test('one photo is spared where that is enough for several groups', () => {
  const [a, b, c] = [member(1), member(2), member(3)]
  const plan = planRemovals([group('ab', a, b), group('cb', c, b)], new Set([1, 2, 3]))
  expect(plan.refused).toEqual([{ id: 2, code: 'last-copy', groupId: 'ab' }])
  expect(plan.removals).toMatchObject([
    { id: 1, keeps: 2 },
    { id: 3, keeps: 2 },
  ])
})

test('an incomplete photo does not stand in for a whole one, but for another incomplete one', () => {
  const cut = member(1, { truncated: true })
  expect(removed([group('g', cut, member(2))], 2)).toEqual([])
  expect(removed([group('g', cut, member(2, { truncated: true }))], 2)).toEqual([2])
})

test('what is in no group, or on a drive that is away, does not go', () => {
  const groups = [group('g', member(1), member(2, { online: false }))]
  expect(planRemovals(groups, new Set([2, 9])).refused).toEqual([
    { id: 2, code: 'offline', groupId: null },
    { id: 9, code: 'last-copy', groupId: null },
  ])
})

test('60,000 copies, all marked, are settled in a time that does not grow with their square', () => {
  const copies = Array.from({ length: 60_000 }, (_, id) => member(id))
  const from = performance.now()
  expect(removed([group('g', ...copies)], ...copies.keys())).toHaveLength(59_999)
  expect(performance.now() - from).toBeLessThan(10_000)
})

const photo = fc.record({
  online: fc.boolean(),
  truncated: fc.boolean(),
  inode: fc.integer({ min: 0, max: 9 }).map(BigInt),
})
const library = fc.record({
  photos: fc.array(photo, { minLength: 12, maxLength: 12 }),
  groups: fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { minLength: 2, maxLength: 6 }), {
    minLength: 1,
    maxLength: 8,
  }),
  wanted: fc.uniqueArray(fc.integer({ min: 0, max: 11 })),
})

/** Whether every group that loses photos keeps, for each of them, one that is there, whole enough and not the same file. */
function keepsCopies(groups: readonly PlanGroup[], going: ReadonlySet<number>): boolean {
  const fileOf = ({ id, inode }: PlanMember) => (inode === 0n ? `photo ${id}` : `inode ${inode}`)
  const lost = groups.flatMap(({ members }) => members.filter(({ id }) => going.has(id)))
  const filesGone = new Set(lost.map(fileOf))
  return groups.every(({ members }) =>
    members.every(
      (item) =>
        !going.has(item.id) ||
        members.some(
          (other) =>
            !going.has(other.id) &&
            !filesGone.has(fileOf(other)) &&
            other.online &&
            (!other.truncated || item.truncated),
        ),
    ),
  )
}

test('whatever overlaps: no group that loses a photo ends without one that stays, and no refusal is needless', () => {
  fc.assert(
    fc.property(library, ({ photos, groups: idGroups, wanted }) => {
      const members = photos.map((extra, id) => member(id, extra))
      const groups = idGroups.map((ids, k) => group(`g${k}`, ...ids.flatMap((id) => members[id] ?? [])))
      const { removals, refused } = planRemovals(groups, new Set(wanted))
      const going = new Set(removals.map(({ id }) => id))
      expect([...going, ...refused.map(({ id }) => id)].toSorted()).toEqual(wanted.toSorted())
      expect(keepsCopies(groups, going)).toBe(true)
      for (const { id, keeps } of removals) {
        expect(members[id]?.online).toBe(true)
        expect(going.has(keeps)).toBe(false)
        expect(groups.some((each) => [id, keeps].every((one) => each.members.some((other) => other.id === one)))).toBe(
          true,
        )
      }
      const inGroups = refused.filter(({ code, groupId }) => code === 'last-copy' && groupId !== null)
      for (const { id } of inGroups) {
        const inode = members[id]?.inode
        const paths = inGroups.filter(
          (other) => other.id === id || (inode !== 0n && members[other.id]?.inode === inode),
        )
        expect(keepsCopies(groups, new Set([...going, ...paths.map((path) => path.id)]))).toBe(false)
      }
    }),
    { numRuns: 1000 },
  )
})
