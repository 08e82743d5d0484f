/*
 * Numbers as people read them. Everything takes an optional locale so that tests do not depend on the machine's.
 */

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** Bytes in decimal units with one digit where it tells something: "34 MB", "1.2 GB". */
export function formatBytes(bytes: number, locale?: string): string {
  let value = Math.max(0, bytes)
  let unit = 0
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit >= 2 && value < 100 ? 1 : 0
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: byteUnits[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: digits,
  }).format(value)
}

/** A whole number with the locale's separators. */
export function formatCount(count: number, locale?: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(count)
}

/** "1 photo", "2,357 photos". */
export function formatPlural(count: number, one: string, many: string, locale?: string): string {
  return `${formatCount(count, locale)} ${count === 1 ? one : many}`
}

export function photos(count: number, locale?: string): string {
  return formatPlural(count, 'photo', 'photos', locale)
}

/** "12.4 images/s"; one digit below 100. */
export function formatRate(imagesPerSecond: number, locale?: string): string {
  const digits = imagesPerSecond < 100 ? 1 : 0
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(imagesPerSecond)} images/s`
}

function inUnit(seconds: number): { perUnit: number; name: string } {
  if (seconds < 90) return { perUnit: 1, name: 's' }
  if (seconds < 90 * 60) return { perUnit: 60, name: 'min' }
  return { perUnit: 3600, name: 'h' }
}

/** An estimate is a span: "3–4 min", "50–70 s", "about 2 h" when both ends round to the same. */
export function formatSpan(span: { low: number; high: number }, locale?: string): string {
  const high = Math.max(span.low, span.high)
  const { perUnit, name } = inUnit(high)
  const step = name === 's' ? 5 : name === 'h' ? 0.5 : 1
  const round = (seconds: number): number => Math.max(step, Math.round(seconds / perUnit / step) * step)
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const [from, to] = [round(span.low), round(high)]
  return from === to ? `about ${number.format(to)} ${name}` : `${number.format(from)}–${number.format(to)} ${name}`
}

/** A measured duration. */
export function formatDuration(seconds: number, locale?: string): string {
  if (seconds < 60) {
    return `${new Intl.NumberFormat(locale, { maximumFractionDigits: seconds < 10 ? 1 : 0 }).format(seconds)} s`
  }
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`
  return `${formatCount(Math.floor(minutes / 60), locale)} h ${minutes % 60} min`
}

/** "4,000 × 3,000". */
export function formatDimensions(width: number, height: number, locale?: string): string {
  return `${formatCount(width, locale)} × ${formatCount(height, locale)}`
}

/** Medium date and short time of an instant. */
export function formatInstant(ms: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(ms)
}

/** Medium date and time to the second. */
export function formatMoment(ms: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(ms)
}

export function formatDay(ms: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(ms)
}

/** Milliseconds of a capture time that carries no zone, read as local wall-clock time; null when it is not a date. */
export function captureMs(takenAt: string | null): number | null {
  if (takenAt === null) return null
  const ms = Date.parse(takenAt)
  return Number.isNaN(ms) ? null : ms
}

export function formatPercent(part: number, whole: number, locale?: string): string {
  const share = whole > 0 ? Math.min(1, part / whole) : 0
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share)
}
