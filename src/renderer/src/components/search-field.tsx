import { Search } from 'lucide-react'
import type { ReactNode, Ref } from 'react'

interface SearchFieldProps {
  label: string
  value: string
  onChange(value: string): void
  ref?: Ref<HTMLInputElement>
  keys?: string
}

export function SearchField({ label, value, onChange, ref, keys }: SearchFieldProps): ReactNode {
  return (
    <div className="search">
      <Search size={14} aria-hidden className="soft" />
      <input
        ref={ref}
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.stopPropagation()
          if (value !== '') onChange('')
          else event.currentTarget.blur()
        }}
      />
      {keys === undefined || value !== '' ? null : <kbd>{keys}</kbd>}
    </div>
  )
}
