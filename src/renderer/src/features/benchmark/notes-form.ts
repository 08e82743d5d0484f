import type { RunNotes } from '../../../../shared/contract/benchmark.ts'

/** Notes as they are typed. */
export interface NotesForm {
  pricePerHour: string
  provider: string
  instanceType: string
  region: string
  image: string
  text: string
}

export function notesForm(notes: RunNotes): NotesForm {
  return {
    pricePerHour: notes.price_per_hour === undefined ? '' : String(notes.price_per_hour),
    provider: notes.provider ?? '',
    instanceType: notes.instance_type ?? '',
    region: notes.region ?? '',
    image: notes.image ?? '',
    text: notes.text ?? '',
  }
}

/** A price as it is typed, with point or comma: dollars an hour; undefined where nothing is typed, null where it is no price. */
export function readPrice(typed: string): number | null | undefined {
  const text = typed.trim().replace(',', '.')
  if (text === '') return undefined
  const price = Number(text)
  return Number.isFinite(price) && price >= 0 && price <= 100_000 ? price : null
}

/** What is typed as notes, or the words for what cannot be understood. What is empty is left out. */
export function readNotes(form: NotesForm): { notes: RunNotes } | { mistake: string } {
  const price = readPrice(form.pricePerHour)
  if (price === null) return { mistake: 'Price an hour: give a number of dollars.' }
  const words = {
    provider: form.provider.trim(),
    instance_type: form.instanceType.trim(),
    region: form.region.trim(),
    image: form.image.trim(),
    text: form.text.trim(),
  }
  const told = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== ''))
  return { notes: { ...(price === undefined ? {} : { price_per_hour: price }), ...told } }
}

/** Notes in one line; null where there are none. */
export function notesWords(notes: RunNotes): string | null {
  const parts = [
    notes.price_per_hour === undefined ? undefined : `$${notes.price_per_hour} an hour`,
    notes.provider,
    notes.instance_type,
    notes.region,
    notes.image,
    notes.text,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? null : parts.join(' · ')
}
