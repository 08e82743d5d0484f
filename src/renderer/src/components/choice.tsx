import type { ReactNode } from 'react'

interface ChoiceProps<T extends string> {
  label: string
  value: T
  options: readonly { value: T; label: string }[]
  onChange(value: T): void
  disabled?: boolean
  testId?: string
}

/** The system's own drop-down list, labelled for screen readers. */
export function Choice<T extends string>(props: ChoiceProps<T>): ReactNode {
  const { label, value, options, onChange, disabled = false, testId } = props
  return (
    <select
      className="field"
      aria-label={label}
      title={label}
      value={value}
      disabled={disabled}
      data-testid={testId}
      onChange={(event) => {
        const chosen = options.find((option) => option.value === event.target.value)
        if (chosen) onChange(chosen.value)
      }}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}
