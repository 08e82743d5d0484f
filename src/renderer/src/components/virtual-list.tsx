import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, type ReactNode } from 'react'

interface VirtualListProps<T> {
  items: readonly T[]
  keyOf(item: T, index: number): string | number
  /** Height in pixels before it is measured. */
  estimate(item: T): number
  render(item: T, index: number): ReactNode
  label: string
  className?: string
  onVisible?(first: number, last: number): void
}

/** A list of any length that keeps only what is in view in the page. Rows measure themselves. */
export function VirtualList<T>(props: VirtualListProps<T>): ReactNode {
  const { items, keyOf, estimate, render, label, className, onVisible } = props
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => {
      const item = items[index]
      return item === undefined ? 0 : estimate(item)
    },
    getItemKey: (index) => {
      const item = items[index]
      return item === undefined ? index : keyOf(item, index)
    },
    overscan: 6,
  })
  const rows = virtualizer.getVirtualItems()
  const first = rows[0]?.index ?? 0
  const last = rows.at(-1)?.index ?? -1
  useEffect(() => onVisible?.(first, last), [first, last, items, onVisible])
  return (
    <div ref={scroller} className={`virtual-scroller ${className ?? ''}`} tabIndex={0} role="region" aria-label={label}>
      <ul className="virtual" style={{ height: virtualizer.getTotalSize() }}>
        {rows.map((row) => {
          const item = items[row.index]
          return item === undefined ? null : (
            <li
              key={row.key}
              ref={virtualizer.measureElement}
              data-index={row.index}
              className="virtual-item"
              aria-setsize={items.length}
              aria-posinset={row.index + 1}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              {render(item, row.index)}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
