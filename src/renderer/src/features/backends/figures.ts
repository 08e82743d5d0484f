/** "0.99996", enough digits to tell agreement from near agreement. */
export function formatCosine(cosine: number, locale?: string): string {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: 5, maximumFractionDigits: 5 }).format(cosine)
}

export function formatMilliseconds(ms: number, locale?: string): string {
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: ms < 10 ? 1 : 0 }).format(ms)} ms`
}
