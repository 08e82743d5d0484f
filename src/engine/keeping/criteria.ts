import type { KeepCandidate, KeepRule } from './suggest.ts'

/** One thing by which photos are preferred, and how to say so. */
export interface Criterion {
  /** Negative where `a` is to be preferred, 0 where this can't tell. */
  compare(a: KeepCandidate, b: KeepCandidate): number
  /** Why `kept` stays rather than `other`, as a phrase; true where this criterion told the two apart. */
  say(kept: KeepCandidate, other: KeepCandidate): string
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'June', 'July', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec']

/** Day of a local time `YYYY-MM-DDTHH:mm:ss…`, with the time where the day alone would not tell it from the other one. */
function sayTime(local: string, other: string | null): string {
  const [date = '', time = ''] = local.split('T')
  const [year = '', month = '', day = ''] = date.split('-')
  const shown = `${Number(day)} ${months[Number(month) - 1] ?? month} ${year}`
  return other?.startsWith(date) && time !== '' ? `${shown}, ${time}` : shown
}

/** A moment as the person's clock shows it, in the form of `takenAt`. */
function localTime(ms: number): string {
  const at = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  const part = Math.floor(ms) % 1000
  const fraction = part === 0 ? '' : `.${String(part).padStart(3, '0')}`
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${date}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${fraction}`
}

const whole: Criterion = {
  compare: (a, b) => Number(a.truncated) - Number(b.truncated),
  say: () => 'its file is complete',
}

const moreParts: Criterion = {
  compare: (a, b) => b.parts - a.parts,
  say: () => 'its video, raw file or JPEG lies beside it',
}

/** Moments of capture on a common scale; null where unknown. */
function captureScale(members: readonly KeepCandidate[]): (photo: KeepCandidate) => number | null {
  const zoned = members.every(({ takenAt, utcOffset }) => takenAt === null || utcOffset !== null)
  return ({ takenAt, utcOffset }) => {
    const moment = takenAt === null ? NaN : Date.parse(`${takenAt}${zoned ? utcOffset : 'Z'}`)
    return Number.isNaN(moment) ? null : moment
  }
}

function captureTime(members: readonly KeepCandidate[]): Criterion {
  const momentOf = captureScale(members)
  return {
    compare(a, b) {
      const [first, second] = [momentOf(a), momentOf(b)]
      if (first !== null && second !== null) return first - second
      return Number(first === null) - Number(second === null)
    },
    say(kept, other) {
      const taken = kept.takenAt ?? ''
      if (momentOf(other) === null) return `it says when it was taken, ${sayTime(taken, null)}`
      // Times of two zones side by side would only confuse.
      return `oldest, taken ${sayTime(taken, kept.utcOffset === other.utcOffset ? other.takenAt : null)}`
    },
  }
}

const fileTime: Criterion = {
  compare: (a, b) => a.modifiedMs - b.modifiedMs,
  say: (kept, other) => `oldest file, of ${sayTime(localTime(kept.modifiedMs), localTime(other.modifiedMs))}`,
}

const folderOrder: Criterion = {
  compare: (a, b) => a.folderOrder - b.folderOrder,
  say: () => 'it is in the folder that comes first',
}

const shorterPath: Criterion = {
  compare: (a, b) => a.path.length - b.path.length,
  say: () => 'its path is shorter',
}

const naturally = new Intl.Collator('en', { numeric: true })

const pathOrder: Criterion = {
  compare: (a, b) => naturally.compare(a.path, b.path) || (a.path < b.path ? -1 : Number(a.path > b.path)),
  say: () => 'it comes first by name',
}

const morePixels: Criterion = {
  compare: (a, b) => b.width * b.height - a.width * a.height,
  say: (kept) => `largest, ${kept.width} × ${kept.height} pixels`,
}

const moreBytes: Criterion = {
  compare: (a, b) => b.bytes - a.bytes,
  say: (kept) => `largest file, ${kept.bytes.toLocaleString('en-US')} bytes`,
}

/** The criteria of a rule, the most important first. */
export function chainOf(rule: KeepRule, members: readonly KeepCandidate[]): readonly Criterion[] {
  const oldest = [captureTime(members), fileTime, folderOrder, shorterPath, pathOrder]
  const before = { oldest: [], largest: [morePixels, moreBytes], 'first-folder': [folderOrder] }[rule]
  return [whole, moreParts, ...before, ...oldest]
}
