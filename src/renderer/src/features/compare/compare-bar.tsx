import {
  ChevronLeft,
  ChevronRight,
  Columns2,
  Contrast,
  CopyX,
  Images,
  Info,
  SquareSplitHorizontal,
  Sun,
  X,
  Zap,
  ZoomIn,
  ZoomOut,
} from 'lucide-react'
import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { Button, IconButton } from '../../components/button.tsx'
import { Segments } from '../../components/segments.tsx'
import { formatCount } from '../../lib/format.ts'
import { dismissWords } from '../../lib/photo-words.ts'
import type { ViewerProps } from '../../lib/viewer-props.ts'
import type { CompareAction, CompareMode, CompareState } from './compare-state.ts'

const modes: readonly { value: CompareMode; name: string; keys: string; icon: typeof X }[] = [
  { value: 'side', name: 'Side by side', keys: '', icon: Columns2 },
  { value: 'split', name: 'Split', keys: 'S', icon: SquareSplitHorizontal },
  { value: 'difference', name: 'Difference', keys: 'D', icon: Contrast },
  { value: 'flicker', name: 'Flicker', keys: 'F', icon: Zap },
]

interface CompareBarProps {
  props: ViewerProps
  state: CompareState
  fullSize: number
  send(action: CompareAction): void
}

export function CompareBar({ props, state, fullSize, send }: CompareBarProps): ReactNode {
  return (
    <div className="compare-bar">
      <IconButton label="Previous group" keys="P" size="small" onClick={props.onPrevious}>
        <ChevronLeft size={16} aria-hidden />
      </IconButton>
      <Dialog.Title>
        {formatCount(props.index + 1)} of {formatCount(props.total)}
      </Dialog.Title>
      <IconButton label="Next group" keys="N" size="small" onClick={props.onNext}>
        <ChevronRight size={16} aria-hidden />
      </IconButton>
      <Segments
        label="View"
        value={state.mode}
        onChange={(mode) => send({ type: 'mode-chosen', mode })}
        options={modes.map(({ value, name, keys, icon: Icon }) => ({
          value,
          testId: `compare-${value}`,
          label: (
            <span className="row" title={keys === '' ? name : `${name} (${keys})`}>
              <Icon size={15} aria-hidden />
              <span className="compare-mode">{name}</span>
            </span>
          ),
        }))}
      />
      {state.mode === 'difference' ? (
        <Button size="small" aria-pressed={state.amplified} onClick={() => send({ type: 'amplify-toggled' })}>
          <Sun size={14} aria-hidden />
          8× brighter
        </Button>
      ) : null}
      <span className="grow" />
      <IconButton label="Zoom out" keys="−" size="small" onClick={() => send({ type: 'zoomed', factor: 1 / 1.4 })}>
        <ZoomOut size={15} aria-hidden />
      </IconButton>
      <Button
        size="small"
        look="quiet"
        title="100 % or fit (Z)"
        data-testid="compare-zoom"
        onClick={() => send({ type: 'zoom-set', zoom: state.zoom > 1 ? 1 : fullSize })}
      >
        {state.zoom === 1 ? 'Fit' : `${formatCount((100 * state.zoom) / fullSize)} %`}
      </Button>
      <IconButton label="Zoom in" keys="+" size="small" onClick={() => send({ type: 'zoomed', factor: 1.4 })}>
        <ZoomIn size={15} aria-hidden />
      </IconButton>
      <IconButton
        label="Details"
        keys="I"
        size="small"
        aria-pressed={state.details}
        onClick={() => send({ type: 'details-toggled' })}
      >
        <Info size={15} aria-hidden />
      </IconButton>
      <IconButton label="Keep all" keys="K" size="small" onClick={props.onKeepAll}>
        <Images size={15} aria-hidden />
      </IconButton>
      <IconButton label={dismissWords(props.group.tier)} keys="X" size="small" onClick={props.onDismiss}>
        <CopyX size={15} aria-hidden />
      </IconButton>
      <IconButton label="Back" keys="Esc" size="small" data-testid="compare-close" onClick={props.onClose}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  )
}
