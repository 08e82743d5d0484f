import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'

interface ModalProps {
  open: boolean
  onClose(): void
  title: string
  /** One sentence for screen readers and people; left out where the content says it. */
  about?: string
  wide?: boolean
  children: ReactNode
}

/*
 * The backdrop is a plain element: Dialog.Overlay would lock scrolling with a <style> element, which the page's policy
 * refuses, and the page itself never scrolls.
 */
export function Modal({ open, onClose, title, about, wide = false, children }: ModalProps): ReactNode {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Dialog.Portal>
        <div className="backdrop" />
        <Dialog.Content
          className={wide ? 'dialog wide' : 'dialog'}
          {...(about === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <div className="stack">
            <Dialog.Title>{title}</Dialog.Title>
            {about === undefined ? null : <Dialog.Description className="soft">{about}</Dialog.Description>}
          </div>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
