const units = [
  { seconds: 3600, from: 5400, name: 'h', digits: 1 },
  { seconds: 60, from: 90, name: 'min', digits: 0 },
  { seconds: 1, from: 0, name: 's', digits: 0 },
] as const

/** `21–24 min`, `3.1 h`, `40–55 s`: both ends in the unit that fits the longer one. */
export function spanWords(lowSeconds: number, highSeconds: number): string {
  const unit = units.find(({ from }) => highSeconds >= from) ?? units[2]
  const write = (seconds: number): string => (seconds / unit.seconds).toFixed(unit.digits)
  const [low, high] = [write(lowSeconds), write(highSeconds)]
  if (high === '0') return 'under a second'
  return low === high ? `${high} ${unit.name}` : `${low}–${high} ${unit.name}`
}

/** `$0.70`, `$0.66–0.75`; `under $0.01`. */
export function moneyWords(low: number, high: number): string {
  if (high === 0) return '$0'
  if (high < 0.01) return 'under $0.01'
  const [from, to] = [low.toFixed(2), high.toFixed(2)]
  return from === to ? `$${to}` : `$${from}–${to}`
}

export function countWords(count: number): string {
  return count.toLocaleString('en')
}

export function percentWords(share: number): string {
  return `${Math.round(share * 100)} %`
}
