import './why.css'
import { Columns2, Contrast, Grid3x3, Loader, SquareSplitHorizontal, TriangleAlert, X, Zap } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useEffect, useReducer, useState, type Dispatch, type ReactNode } from 'react'
import { isCancellation } from '../../../../shared/errors.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Segments } from '../../components/segments.tsx'
import { callEngine } from '../../lib/engine.ts'
import { pressedKey } from '../../lib/keys.ts'
import { describeProblem, type Problem } from '../../lib/problem.ts'
import { closeWhy, useAskedPair, type AskedPair } from '../../lib/why-request.ts'
import { whyFacts } from './why-facts.ts'
import {
  initialWhy,
  reduceWhy,
  whyActionOf,
  type Explained,
  type WhyAction,
  type WhyState,
  type WhyView,
} from './why-state.ts'
import { WhyStage } from './why-stage.tsx'
import { againstSentence, whySentence } from './why-words.ts'

const views: readonly { value: WhyView; name: string; keys: string; icon: typeof X }[] = [
  { value: 'side', name: 'Side by side', keys: '', icon: Columns2 },
  { value: 'slider', name: 'Slider', keys: 'S', icon: SquareSplitHorizontal },
  { value: 'flicker', name: 'Flicker', keys: 'F', icon: Zap },
  { value: 'difference', name: 'Difference', keys: 'D', icon: Contrast },
]

async function explain({ a, b }: AskedPair, signal: AbortSignal): Promise<Explained> {
  const [look, detailsA, detailsB] = await Promise.all([
    callEngine('review.why', { a: a.id, b: b.id }, { signal }),
    callEngine('photo.details', { photoId: a.id }, { signal }),
    callEngine('photo.details', { photoId: b.id }, { signal }),
  ])
  return { look, a: detailsA, b: detailsB }
}

function useExplanation(pair: AskedPair, send: Dispatch<WhyAction>): void {
  const { a, b } = pair
  useEffect(() => {
    const stop = new AbortController()
    explain({ a, b }, stop.signal).then(
      (explained) => send({ type: 'explained', explained }),
      (error: unknown) => {
        if (stop.signal.aborted || isCancellation(error)) return
        send({ type: 'failed', problem: describeProblem('compare the two photos', error) })
      },
    )
    return () => stop.abort()
    // The pair is the one that the dialog was opened on.
  }, [a, b, send])
}

function ViewBar({ state, send }: { state: WhyState; send: Dispatch<WhyAction> }): ReactNode {
  return (
    <div className="row wrap">
      <Segments
        label="View"
        value={state.view}
        onChange={(view) => send({ type: 'view-chosen', view })}
        options={views.map(({ value, name, keys, icon: Icon }) => ({
          value,
          testId: `why-${value}`,
          label: (
            <span className="row" title={keys === '' ? name : `${name} (${keys})`}>
              <Icon size={15} aria-hidden />
              {name}
            </span>
          ),
        }))}
      />
      <Button
        size="small"
        aria-pressed={state.marks}
        title="Marks of the patches (M)"
        data-testid="why-toggle-marks"
        onClick={() => send({ type: 'marks-toggled' })}
      >
        <Grid3x3 size={14} aria-hidden />
        Patches
      </Button>
    </div>
  )
}

function Facts({ explained }: { explained: Explained }): ReactNode {
  return (
    <div className="why-facts" data-testid="why-facts" tabIndex={0} role="group" aria-label="Numbers of the look">
      <dl>
        {whyFacts(explained).map(({ said, meaning }) => (
          <div key={said}>
            <dt className="number">{said}</dt>
            <dd className="soft">{meaning}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

function Answer({
  pair,
  explained,
  state,
  send,
}: {
  pair: AskedPair
  explained: Explained
  state: WhyState
  send: Dispatch<WhyAction>
}): ReactNode {
  const { aligned } = explained.look
  return (
    <div className="why-body">
      <div className="why-stage">
        {aligned === null ? null : <ViewBar state={state} send={send} />}
        <WhyStage pair={pair} aligned={aligned} state={state} send={send} />
      </div>
      <Facts explained={explained} />
    </div>
  )
}

function Failed({ problem }: { problem: Problem }): ReactNode {
  return (
    <p className="row why-wait" role="alert">
      <TriangleAlert size={16} aria-hidden />
      {problem.title}. {problem.happened}
    </p>
  )
}

function OpenDialog({ pair }: { pair: AskedPair }): ReactNode {
  const [state, send] = useReducer(reduceWhy, initialWhy)
  const [opener] = useState(() => document.activeElement)
  useExplanation(pair, send)
  const { explained, problem } = state
  const against = explained === null ? null : againstSentence(explained)
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : closeWhy())}>
      <Dialog.Portal>
        <div className="backdrop" />
        <Dialog.Content
          className="dialog why"
          data-testid="why-dialog"
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault()
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
          }}
          onCloseAutoFocus={(event) => {
            // Radix would look for a trigger of its own; the question came from a photo or a button elsewhere.
            event.preventDefault()
            if (opener instanceof HTMLElement) opener.focus()
          }}
          onKeyDown={(event) => {
            const action = whyActionOf(pressedKey(event))
            if (action === null) return
            event.preventDefault()
            send(action)
          }}
        >
          <header className="why-header">
            <div className="grow">
              <Dialog.Title data-testid="why-sentence">
                {explained === null ? 'Why?' : whySentence(explained)}
              </Dialog.Title>
              <p className="soft">
                {pair.a.name} and {pair.b.name}
              </p>
              {against === null ? null : (
                <p className="why-against" data-testid="why-against">
                  {against}
                </p>
              )}
            </div>
            <IconButton label="Back" keys="Esc" size="small" data-testid="why-close" onClick={closeWhy}>
              <X size={16} aria-hidden />
            </IconButton>
          </header>
          {problem !== null ? <Failed problem={problem} /> : null}
          {explained !== null ? <Answer pair={pair} explained={explained} state={state} send={send} /> : null}
          {explained === null && problem === null ? (
            <p className="row why-wait" role="status">
              <Loader size={16} aria-hidden /> Looking at both photos…
            </p>
          ) : null}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** "Why?": what a close look at two photos shows, wherever it was asked. */
export function WhyDialog(): ReactNode {
  const pair = useAskedPair()
  return pair === null ? null : <OpenDialog key={`${pair.a.id} ${pair.b.id}`} pair={pair} />
}
