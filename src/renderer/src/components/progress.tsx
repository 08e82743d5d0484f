import type { ReactNode } from 'react'

interface ProgressProps {
  label: string
  done: number
  /** Null while nobody knows how much there is. */
  total: number | null
  /** Paused: shown in grey. */
  still?: boolean
}

export function Progress({ label, done, total, still = false }: ProgressProps): ReactNode {
  const share = total === null || total <= 0 ? null : Math.min(1, done / total)
  const classes = ['progress', share === null && !still ? 'unknown' : '', still ? 'still' : '']
  return (
    <div
      className={classes.filter(Boolean).join(' ')}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(share === null ? {} : { 'aria-valuenow': Math.floor(share * 100) })}
    >
      <span style={share === null ? {} : { width: `${share * 100}%` }} />
    </div>
  )
}
