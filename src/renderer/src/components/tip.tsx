import { Tooltip } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import { bridge } from '../lib/bridge.ts'
import { keyName } from '../lib/keys.ts'

interface TipProps {
  text: string
  /** Key as in `keyList`, for example `Mod+Z`. */
  keys?: string | undefined
  children: ReactElement
}

/** A tooltip that shows what a control does and which key does the same. */
export function Tip({ text, keys, children }: TipProps): ReactNode {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tooltip" sideOffset={6} collisionPadding={8}>
          {text}
          {keys === undefined ? null : <kbd>{keyName(keys, bridge.platform)}</kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
