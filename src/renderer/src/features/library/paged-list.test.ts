import { expect, test } from 'vitest'
import { initialPages, missingPages, pageSize, reducePages, type PagedList } from './paged-list.ts'

const page = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i)

test('pages fill in where they belong, in any order, and what is missing is known', () => {
  const start: PagedList<number> = initialPages
  const one = reducePages(start, { type: 'page-read', page: 2, total: 250, items: page(200, 50) })
  expect(one.items).toHaveLength(250)
  expect(one.items[201]).toBe(201)
  expect(missingPages(one, 90, 230)).toEqual([0, 1])
  const two = reducePages(one, { type: 'page-read', page: 0, total: 250, items: page(0, pageSize) })
  expect(missingPages(two, 0, 249)).toEqual([1])
})

test('a list that got shorter meanwhile loses its tail and asks for nothing beyond it', () => {
  const start: PagedList<number> = initialPages
  const long = reducePages(start, { type: 'page-read', page: 0, total: 130, items: page(0, 100) })
  const short = reducePages(long, { type: 'page-read', page: 0, total: 40, items: page(0, 60) })
  expect(short.items).toEqual(page(0, 40))
  expect(missingPages(short, 0, 200)).toEqual([])
})
