import type { ReactNode } from 'react'

/** Two lenses that overlap. */
export function Mark({ size }: { size: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden>
      <circle cx="12" cy="16" r="9" stroke="currentColor" strokeWidth="2.5" />
      <circle cx="20" cy="16" r="9" stroke="currentColor" strokeWidth="2.5" />
      <path d="M16 7.9a9 9 0 0 1 0 16.2 9 9 0 0 1 0-16.2Z" fill="currentColor" opacity=".45" />
    </svg>
  )
}
