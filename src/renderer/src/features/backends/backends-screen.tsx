import './backends.css'
import { Ban, Check, Cpu, Info, RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import type { BackendStatus } from '../../../../shared/contract/models.ts'
import { Button } from '../../components/button.tsx'
import { Choice } from '../../components/choice.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { useSession } from '../../lib/engine.ts'
import { providerNames } from '../../lib/scan-words.ts'
import { isScanning } from '../../lib/session.ts'
import { activeAbout, activeHeadline, proofOf, providerAbout, providerChoices } from './backends-words.ts'
import { formatCosine, formatMilliseconds } from './figures.ts'
import { checkBackends, chooseBackend } from './downloads.ts'
import { ModelCard } from './model-card.tsx'
import { ModePanel } from './mode-panel.tsx'
import { ParityPanel } from './parity-panel.tsx'
import { ServersPanel } from './servers-panel.tsx'

function Active({ status, busy }: { status: BackendStatus; busy: boolean }): ReactNode {
  const proof = proofOf(status)
  return (
    <section className="panel" data-testid="backend-active">
      <div className="backend-active">
        <Cpu size={28} strokeWidth={1.5} aria-hidden />
        <div>
          <p className="row wrap">
            <strong>{activeHeadline(status)}</strong>
            {proof === null || status.checking ? null : (
              <span className="badge accent" title={proof.reason}>
                <Check size={12} aria-hidden /> verified
              </span>
            )}
          </p>
          <p className="soft">{activeAbout(status)}</p>
        </div>
        <Button data-testid="backend-check" disabled={busy} onClick={() => void checkBackends()}>
          <RefreshCw size={16} aria-hidden />
          Check again
        </Button>
      </div>
      {(status.active?.fallbackReason ?? null) === null ? null : (
        <p className="row" style={{ paddingTop: 12 }}>
          <Info size={16} aria-hidden />
          {status.active?.fallbackReason}
        </p>
      )}
    </section>
  )
}

function Trials({ status }: { status: BackendStatus }): ReactNode {
  if (status.trials.length === 0) {
    return <p className="soft">Nothing was tried yet. “Check again” tries what this computer offers.</p>
  }
  return (
    <table className="table backend-trials" data-testid="backend-trials">
      <thead>
        <tr>
          <th scope="col">Provider</th>
          <th scope="col">Device</th>
          <th scope="col">Result</th>
          <th scope="col" className="end">
            Agreement
          </th>
          <th scope="col" className="end">
            One photo
          </th>
        </tr>
      </thead>
      <tbody>
        {status.trials.map((trial) => (
          <tr key={`${trial.provider} ${trial.device}`}>
            <td>
              <strong>{providerNames[trial.provider]}</strong>
              <p className="soft">{providerAbout[trial.provider]}</p>
            </td>
            <td>{trial.device}</td>
            <td>
              <span className={trial.accepted ? 'badge accent' : 'badge warn'}>
                {trial.accepted ? <Check size={12} aria-hidden /> : <Ban size={12} aria-hidden />}
                {trial.accepted ? 'works' : 'refused'}
              </span>
              <p className="soft">{trial.reason}</p>
            </td>
            <td className="end">{trial.cosineToCpu === null ? '–' : formatCosine(trial.cosineToCpu)}</td>
            <td className="end">{trial.imageMs === null ? '–' : formatMilliseconds(trial.imageMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What computes, on what, how that is known, and with which model. */
export function BackendsScreen(): ReactNode {
  const status = useSession((session) => session.backend)
  const scanning = useSession((session) => isScanning(session.scan))
  if (status === null) return <EmptyState icon={Cpu} title="Asking the engine…" />
  const busy = status.checking || scanning
  return (
    <div className="page">
      <header className="page-header column">
        <h1>Backends</h1>
      </header>
      <div className="page-body">
        <div className="page-column">
          {scanning ? <p className="soft">A scan is running; the choice can be changed when it has ended.</p> : null}
          <ModePanel status={status} busy={busy} />
          <Active status={status} busy={busy} />
          <ServersPanel status={status} busy={busy} />
          {status.servers.length === 0 ? null : <ParityPanel busy={busy} />}
          <section className="panel">
            <div className="row wrap spread">
              <h2>What this computer offers</h2>
              <Choice
                label="Provider"
                testId="provider-choice"
                value={status.choice}
                options={providerChoices(status)}
                disabled={busy}
                onChange={(provider) => void chooseBackend(provider, status.model)}
              />
            </div>
            <Trials status={status} />
          </section>
          <section className="panel">
            <h2>Model</h2>
            <p className="soft" style={{ paddingBottom: 12 }}>
              Each model keeps its own results: after a change the next scan describes the photos again, and going back
              costs nothing.
            </p>
            <ul>
              {status.models.map((model) => (
                <ModelCard key={model.id} model={model} status={status} busy={busy} />
              ))}
            </ul>
          </section>
        </div>
      </div>
    </div>
  )
}
