import { expect, test } from 'vitest'
import { SpareMemory } from './spare-memory.ts'

test('a request takes the memory of one that was answered, never of one that may still be sent', () => {
  const memory = new SpareMemory(1_000_000)
  const first = memory.copy(new Uint8Array(300_000).fill(1))
  const second = memory.copy(new Uint8Array(300_000).fill(2))
  expect(second.buffer).not.toBe(first.buffer)
  memory.give(first)
  const third = memory.copy(new Uint8Array(299_000).fill(3))
  expect(third.buffer).toBe(first.buffer)
  expect(third.length).toBe(299_000)
  const fourth = memory.take(300_000)
  expect(fourth.buffer).not.toBe(first.buffer)
  expect(second.every((byte) => byte === 2)).toBe(true)
})

test('small requests don’t sit in the memory of large ones, and no more is kept than was said', () => {
  const memory = new SpareMemory(1_000_000)
  const large = memory.take(900_000)
  const other = memory.take(900_000)
  memory.give(large)
  memory.give(other)
  expect(memory.take(1000).buffer).not.toBe(large.buffer)
  expect(memory.take(900_000).buffer).toBe(large.buffer)
  expect(memory.take(900_000).buffer).not.toBe(other.buffer)
})
