import type { ComponentProps, ReactNode } from 'react'
import { Tip } from './tip.tsx'

interface ButtonProps extends ComponentProps<'button'> {
  look?: 'plain' | 'primary' | 'danger' | 'quiet'
  size?: 'small' | 'medium' | 'large'
}

export function Button({ look = 'plain', size = 'medium', className, ...rest }: ButtonProps): ReactNode {
  const classes = ['button', look === 'plain' ? '' : look, size === 'medium' ? '' : size, className ?? '']
  return <button type="button" className={classes.filter(Boolean).join(' ')} {...rest} />
}

interface IconButtonProps extends ButtonProps {
  label: string
  keys?: string
}

/** A button that is an icon: its name is spoken and shown in a tooltip with its key. */
export function IconButton({ label, keys, className, look = 'quiet', ...rest }: IconButtonProps): ReactNode {
  return (
    <Tip text={label} keys={keys}>
      <Button look={look} aria-label={label} className={`icon ${className ?? ''}`} {...rest} />
    </Tip>
  )
}
