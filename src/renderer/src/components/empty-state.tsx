import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

interface EmptyStateProps {
  icon: LucideIcon
  title: string
  /** What to do next. */
  children?: ReactNode
}

export function EmptyState({ icon: Icon, title, children }: EmptyStateProps): ReactNode {
  return (
    <div className="empty">
      <Icon size={40} strokeWidth={1.5} aria-hidden />
      <h2>{title}</h2>
      {children}
    </div>
  )
}
