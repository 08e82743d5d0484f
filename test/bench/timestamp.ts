/** Now, as names of result files carry it: `20261123_173826`, UTC. */
export function timestamp(): string {
  const [date, time] = new Date().toISOString().split('T')
  return `${(date ?? '').replaceAll('-', '')}_${(time ?? '').slice(0, 8).replaceAll(':', '')}`
}
