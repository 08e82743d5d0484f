import { InvalidArgumentError } from 'commander'
import { Tier } from '../../shared/contract/groups.ts'

/** For options that may be repeated. */
export function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}

/** For options that may be repeated, or hold a list divided by commas. */
export function collectList(value: string, earlier: string[]): string[] {
  const words = value.split(',').map((word) => word.trim())
  return [...earlier, ...words.filter((word) => word !== '')]
}

export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= low && value <= high && text.trim() !== '') return value
    throw new InvalidArgumentError(`Give a whole number from ${low} to ${high}.`)
  }
}

export function fraction(text: string): number {
  const value = Number(text)
  if (value >= 0 && value <= 1 && text.trim() !== '') return value
  throw new InvalidArgumentError('Give a number from 0 to 1.')
}

export function tierList(text: string): Tier[] {
  const tiers = text.split(',').map((word) => Tier.safeParse(word.trim()))
  if (tiers.every((tier) => tier.success)) return tiers.map((tier) => tier.data)
  throw new InvalidArgumentError(`Give a list of ${Tier.options.join(', ')}.`)
}

export function keepRule(text: string): string {
  if (['oldest', 'largest', 'first-folder'].includes(text)) return text
  throw new InvalidArgumentError('Give oldest, largest or first-folder.')
}
