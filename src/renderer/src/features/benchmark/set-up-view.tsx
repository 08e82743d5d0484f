import { Play } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import type { BenchmarkEstimate } from '../../../../shared/contract/benchmark-run.ts'
import type { BenchmarkPreset } from '../../../../shared/contract/benchmark.ts'
import type { BenchmarkPhase } from '../../../../shared/contract/benchmark-measures.ts'
import type { BackendStatus } from '../../../../shared/contract/models.ts'
import { Button } from '../../components/button.tsx'
import { Choice } from '../../components/choice.tsx'
import { callEngine, useSession } from '../../lib/engine.ts'
import { formatBytes, formatCount, formatSpan } from '../../lib/format.ts'
import { backendLabel } from '../../lib/scan-words.ts'
import { isScanning } from '../../lib/session.ts'
import { sendToBenchmark, startRun, useBenchmark } from './benchmark-store.ts'
import { phaseNames, presetNames } from './benchmark-words.ts'
import { everyPhase, readPlan, type PlanForm } from './plan-form.ts'

function change(part: Partial<PlanForm>): void {
  sendToBenchmark({ type: 'typed', part })
}

function Backends({ status, form }: { status: BackendStatus; form: PlanForm }): ReactNode {
  const toggle = (id: string): void =>
    change({
      serverIds: form.serverIds.includes(id) ? form.serverIds.filter((one) => one !== id) : [...form.serverIds, id],
    })
  return (
    <section className="panel">
      <h2>Backends</h2>
      <div className="check-list">
        <label className="check">
          <input
            type="checkbox"
            data-testid="benchmark-local"
            checked={form.local}
            onChange={(event) => change({ local: event.target.checked })}
          />
          This computer{status.active?.kind === 'local' ? ` (${backendLabel(status.active)})` : ''}
        </label>
        {status.servers.map(({ entry }) => (
          <label key={entry.id} className="check">
            <input
              type="checkbox"
              data-testid="benchmark-server"
              checked={form.serverIds.includes(entry.id)}
              onChange={() => toggle(entry.id)}
            />
            {entry.kind === 'pytorch' ? 'PyTorch' : 'Triton'} {entry.url}
          </label>
        ))}
      </div>
      {status.servers.length === 0 ? <p className="soft">To measure a server too, add it under Backends.</p> : null}
      {form.serverIds.length > 0 ? (
        <label className="check apart">
          <input
            type="checkbox"
            data-testid="benchmark-both-up"
            checked={form.continueWhenBothUp}
            onChange={(event) => change({ continueWhenBothUp: event.target.checked })}
          />
          Measure even when another server of the same computer is up; the results then say so
        </label>
      ) : null}
    </section>
  )
}

function OwnNumbers({ form }: { form: PlanForm }): ReactNode {
  const field = (name: 'iterations' | 'batchSizes' | 'concurrency' | 'requests', label: string): ReactNode => (
    <label className="field-block">
      <span>{label}</span>
      <input className="field" value={form[name]} onChange={(event) => change({ [name]: event.target.value })} />
    </label>
  )
  return (
    <div className="row wrap" style={{ gap: 12 }}>
      {field('iterations', 'Repetitions')}
      {field('batchSizes', 'Batch sizes')}
      {field('concurrency', 'At once')}
      {field('requests', 'Requests')}
    </div>
  )
}

/** @param preset the phases of the preset; null while they are not known */
function Phases({ form, preset }: { form: PlanForm; preset: readonly BenchmarkPhase[] | null }): ReactNode {
  const chosen = form.phases ?? preset ?? []
  const toggle = (phase: BenchmarkPhase): void =>
    change({ phases: everyPhase.filter((one) => (one === phase) !== chosen.includes(one)) })
  return (
    <details>
      <summary>
        Phases: {chosen.length} of {everyPhase.length}
        {form.phases === null ? ', as the preset has them' : ', your choice'}
      </summary>
      <div className="phase-choice">
        {everyPhase.map((phase) => (
          <label key={phase} className="check">
            <input
              type="checkbox"
              data-testid={`phase-${phase}`}
              disabled={form.phases === null && preset === null}
              checked={chosen.includes(phase)}
              onChange={() => toggle(phase)}
            />
            {phaseNames[phase]}
          </label>
        ))}
      </div>
      {form.phases === null ? null : (
        <Button size="small" onClick={() => change({ phases: null })}>
          As the preset has them
        </Button>
      )}
    </details>
  )
}

type Estimated = BenchmarkEstimate & { phases: readonly BenchmarkPhase[] }

/** What the run would take; asked anew a moment after the last change. */
function useEstimate(form: PlanForm): { estimate: Estimated | null; phases: readonly BenchmarkPhase[] | null } {
  const [estimate, setEstimate] = useState<Estimated | null>(null)
  // What the preset runs stays on show while something else is half typed.
  const [phases, setPhases] = useState<readonly BenchmarkPhase[] | null>(null)
  useEffect(() => {
    let gone = false
    const read = readPlan(form)
    const timer = setTimeout(() => {
      if ('mistake' in read) return setEstimate(null)
      callEngine('benchmark.estimate', read.plan).then(
        (answer) => {
          if (gone) return
          setEstimate(answer)
          setPhases(answer.phases)
        },
        () => (gone ? undefined : setEstimate(null)),
      )
    }, 300)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [form])
  return { estimate, phases }
}

function Estimate({ estimate }: { estimate: Estimated }): ReactNode {
  return (
    <div data-testid="benchmark-estimate">
      <p>
        About {formatSpan(estimate.seconds)}, {formatCount(estimate.requests)} requests
        {estimate.bytes === 0 ? '' : `, ${formatBytes(estimate.bytes)} sent to servers`}.
      </p>
      {estimate.warnings.map((warning) => (
        <p key={warning} className="soft">
          {warning}
        </p>
      ))}
    </div>
  )
}

/** What to measure, on what, and what that will take. */
export function SetUpView(): ReactNode {
  const status = useSession((session) => session.backend)
  const scanning = useSession((session) => isScanning(session.scan))
  const form = useBenchmark((state) => state.form)
  const mistake = useBenchmark((state) => state.mistake)
  const { estimate, phases } = useEstimate(form)
  if (status === null) return null
  const presets = Object.entries(presetNames).map(([value, label]) => ({ value: value as BenchmarkPreset, label }))
  return (
    <div className="page-column">
      <Backends status={status} form={form} />
      <section className="panel stack">
        <h2>What is measured</h2>
        <p>
          <Choice
            label="Preset"
            testId="benchmark-preset"
            value={form.preset}
            options={presets}
            onChange={(preset) => change({ preset, phases: null })}
          />
        </p>
        {form.preset === 'custom' ? <OwnNumbers form={form} /> : null}
        <Phases form={form} preset={phases} />
      </section>
      <section className="panel">
        <h2>Notes that travel with the results</h2>
        <div className="row wrap" style={{ gap: 12 }}>
          <label className="field-block">
            <span>Price of the server, $ an hour</span>
            <input
              className="field"
              inputMode="decimal"
              value={form.pricePerHour}
              onChange={(event) => change({ pricePerHour: event.target.value })}
            />
          </label>
          <label className="field-block grow">
            <span>Notes</span>
            <input
              className="field wide"
              placeholder="provider, instance, region, image"
              value={form.notes}
              onChange={(event) => change({ notes: event.target.value })}
            />
          </label>
        </div>
      </section>
      <section className="panel stack">
        {estimate === null ? null : <Estimate estimate={estimate} />}
        {mistake === null ? null : <p role="alert">{mistake}</p>}
        {scanning ? <p className="soft">A scan is running; a benchmark beside it would measure both.</p> : null}
        <p>
          <Button
            look="primary"
            size="large"
            data-testid="benchmark-run"
            disabled={scanning}
            onClick={() => void startRun()}
          >
            <Play size={18} aria-hidden />
            Run
          </Button>
        </p>
      </section>
    </div>
  )
}
