import { describe, expect, it } from 'vitest'
import { compareGroups } from './group-changes.ts'

describe('how groups change', () => {
  it('tells the same, split, merged, vanished and appeared apart by membership', () => {
    const reference = [
      ['a', 'b'],
      ['c', 'd', 'e', 'f'],
      ['g', 'h'],
      ['i', 'j'],
      ['k', 'l', 'm'],
    ]
    const candidate = [
      ['b', 'a'],
      ['c', 'd'],
      ['e', 'f'],
      ['g', 'h', 'x'],
      ['k', 'l'],
      ['y', 'z'],
    ]
    expect(compareGroups(reference, candidate)).toEqual({
      same: 1,
      split: [
        ['c', 'd', 'e', 'f'],
        ['k', 'l', 'm'],
      ],
      merged: [['g', 'h', 'x']],
      vanished: [['i', 'j']],
      appeared: [['y', 'z']],
    })
  })

  it('calls two groups that become one merged, and neither split', () => {
    const changes = compareGroups(
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      [['a', 'b', 'c', 'd']],
    )
    expect(changes).toEqual({ same: 0, split: [], merged: [['a', 'b', 'c', 'd']], vanished: [], appeared: [] })
  })
})
