import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { groupAroundReferences, regroup } from './groups.ts'
import type { Group } from './groups.ts'
import { prepareLinks } from './link-graph.ts'
import type { LinkTable } from './link-graph.ts'

type Link = [a: number, b: number, score: number]

function tableOf(links: readonly Link[]): LinkTable {
  return {
    count: links.length,
    a: Uint32Array.from(links, ([a]) => a),
    b: Uint32Array.from(links, ([, b]) => b),
    score: Float32Array.from(links, ([, , score]) => score),
  }
}

function sets(groups: readonly Group[]): number[][] {
  return groups.map(({ reference, members }) => [reference, ...members])
}

const noRank = (count: number) => new Float64Array(count)

const library = fc.integer({ min: 2, max: 40 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    links: fc.uniqueArray(
      fc.tuple(
        fc.integer({ min: 0, max: count - 1 }),
        fc.integer({ min: 0, max: count - 1 }),
        fc.integer({ min: 0, max: 20 }).map((score) => score / 20),
      ),
      { maxLength: 120, selector: ([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}` },
    ),
    rank: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: count, maxLength: count }),
    threshold: fc.integer({ min: 0, max: 20 }).map((score) => score / 20),
  }),
)

describe('groupAroundReferences', () => {
  it('never chains: A–B and B–C make one group around B; A–B, B–C, C–D make two', () => {
    expect(
      sets(
        groupAroundReferences(
          3,
          tableOf([
            [0, 1, 0.9],
            [1, 2, 0.9],
          ]),
          0.8,
          noRank(3),
        ),
      ),
    ).toEqual([[1, 0, 2]])
    const chain = tableOf([
      [0, 1, 0.9],
      [1, 2, 0.9],
      [2, 3, 0.95],
    ])
    expect(sets(groupAroundReferences(4, chain, 0.8, noRank(4)))).toEqual([
      [0, 1],
      [2, 3],
    ])
  })

  it('measures from the best-ranked of the photos that could hold the same members', () => {
    const clique: Link[] = [
      [0, 1, 0.9],
      [0, 2, 0.9],
      [1, 2, 0.9],
    ]
    expect(sets(groupAroundReferences(3, tableOf(clique), 0.8, Float64Array.of(1, 2, 3)))).toEqual([[2, 0, 1]])
    expect(sets(groupAroundReferences(3, tableOf(clique), 0.8, Float64Array.of(1, 3, 3)))).toEqual([[1, 0, 2]])
  })

  it('does not let a loose tie to a popular photo hide a close pair', () => {
    // 4 and 5 are the same shot; 4 also resembles 0, around which a larger group forms.
    const links = tableOf([
      [0, 1, 0.9],
      [0, 2, 0.9],
      [0, 3, 0.9],
      [0, 4, 0.89],
      [4, 5, 0.99],
    ])
    expect(sets(groupAroundReferences(6, links, 0.88, noRank(6)))).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ])
  })

  it('keeps its promises on any library', () => {
    fc.assert(
      fc.property(library, ({ count, links, rank, threshold }) => {
        const groups = groupAroundReferences(count, tableOf(links), threshold, Float64Array.from(rank))
        const seen = new Set<number>()
        for (const { reference, members, memberLinks } of groups) {
          expect(members.length).toBeGreaterThan(0)
          for (const photo of [reference, ...members]) {
            expect(seen.has(photo)).toBe(false)
            seen.add(photo)
          }
          members.forEach((member, at) => {
            const [a, b, score] = links[memberLinks[at] ?? -1] ?? [-1, -1, -1]
            expect([a, b].toSorted()).toEqual([reference, member].toSorted())
            expect(score).toBeGreaterThanOrEqual(threshold - 1e-7)
          })
        }
        // No two photos left alone have a link over the threshold.
        for (const [a, b, score] of links) {
          if (a !== b && score >= threshold) expect(seen.has(a) || seen.has(b)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same groups whatever the order and direction of the links', () => {
    fc.assert(
      fc.property(
        library,
        fc.infiniteStream(fc.boolean()),
        fc.integer(),
        ({ count, links, rank, threshold }, turns, seed) => {
          const shuffled = links
            .map((link, at) => ({ link, key: Math.imul(at + 1, seed | 1) }))
            .toSorted((x, y) => x.key - y.key)
            .map(({ link: [a, b, score] }): Link => (turns.next().value ? [b, a, score] : [a, b, score]))
          const ranks = Float64Array.from(rank)
          expect(sets(groupAroundReferences(count, tableOf(shuffled), threshold, ranks))).toEqual(
            sets(groupAroundReferences(count, tableOf(links), threshold, ranks)),
          )
        },
      ),
    )
  })

  it('a lower threshold leaves no photo without a link that a higher one had grouped', () => {
    // Groups are not nested (a photo may change its reference), but whoever is grouped still has a partner to stand with:
    // it is grouped too, or each of its partners is.
    fc.assert(
      fc.property(library, ({ count, links, rank, threshold }) => {
        const graph = prepareLinks(count, tableOf(links), Float64Array.from(rank))
        const at = (limit: number) => new Set(sets(regroup(graph, limit)).flat())
        const strict = at(threshold)
        const loose = at(threshold - 0.2)
        for (const photo of strict) {
          const partners = links.filter(
            ([a, b, score]) => a !== b && (a === photo || b === photo) && score >= threshold,
          )
          expect(loose.has(photo) || partners.every(([a, b]) => loose.has(a === photo ? b : a))).toBe(true)
        }
        expect(at(1.01).size).toBe(0)
      }),
    )
  })

  it('regroups prepared links at another threshold as if grouped afresh', () => {
    fc.assert(
      fc.property(library, ({ count, links, rank, threshold }) => {
        const graph = prepareLinks(count, tableOf(links), Float64Array.from(rank))
        for (const limit of [0.9, threshold, 0]) {
          const over = links.filter(([, , score]) => Math.fround(score) >= Math.fround(limit))
          expect(sets(regroup(graph, limit))).toEqual(
            sets(groupAroundReferences(count, tableOf(over), limit, Float64Array.from(rank))),
          )
        }
      }),
    )
  })
})
