import { Scale } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import type { BackendParity, ParityProgress, ParityReport } from '../../../../shared/contract/parity.ts'
import { Button } from '../../components/button.tsx'
import { Progress } from '../../components/progress.tsx'
import { callEngine } from '../../lib/engine.ts'
import { changedGroups, cosineWords, groupWords, referenceWords } from './parity-words.ts'
import { checkParity } from './server-calls.ts'
import { VerdictBadge } from './server-card.tsx'
import { formatNames } from './server-words.ts'

function ParityRow({ parity }: { parity: BackendParity }): ReactNode {
  const groups = groupWords(parity)
  const way = [parity.transport === 'grpc' ? 'gRPC' : null, parity.format === null ? null : formatNames[parity.format]]
  return (
    <>
      <tr data-testid="parity-row">
        <td>
          <strong>{parity.backend}</strong>
          <p className="soft">{[...way.filter((part) => part !== null), parity.model].join(' · ')}</p>
        </td>
        <td>
          <VerdictBadge verdict={parity.verdict} />
        </td>
        <td className="end">{cosineWords(parity.inference)}</td>
        <td className="end">{cosineWords(parity.asSent ?? parity.inference)}</td>
        <td className="end">{cosineWords(parity.serverPreprocessing)}</td>
      </tr>
      <tr>
        <td colSpan={5}>
          <p>{parity.reason}</p>
          {parity.faults
            .filter((fault) => !parity.reason.includes(fault.message))
            .map((fault) => (
              <p key={`${fault.fault} ${fault.where}`}>{fault.message}</p>
            ))}
          {groups === null ? null : <p className="soft">{groups}</p>}
          {changedGroups(parity).map(({ what, photos }) => (
            <p key={`${what} ${photos.join(' ')}`} className="soft">
              {what}: {photos.join(', ')}
            </p>
          ))}
        </td>
      </tr>
    </>
  )
}

function ReportTable({ report }: { report: ParityReport }): ReactNode {
  return (
    <>
      <p className="soft">{referenceWords(report)}</p>
      <table className="table parity-figures" data-testid="parity-report">
        <thead>
          <tr>
            <th scope="col">Backend</th>
            <th scope="col">Verdict</th>
            <th scope="col" className="end">
              Same pixels
            </th>
            <th scope="col" className="end">
              As sent
            </th>
            <th scope="col" className="end">
              Its own preparation
            </th>
          </tr>
        </thead>
        <tbody>
          {report.backends.map((parity) => (
            <ParityRow key={`${parity.backend} ${parity.transport} ${parity.format} ${parity.model}`} parity={parity} />
          ))}
        </tbody>
      </table>
      {report.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </>
  )
}

/** Whether the servers compute what this computer computes, and which groups would change if they did not. */
export function ParityPanel({ busy }: { busy: boolean }): ReactNode {
  const [report, setReport] = useState<ParityReport | null>(null)
  const [progress, setProgress] = useState<ParityProgress | null>(null)
  const running = useRef<AbortController | null>(null)
  useEffect(() => {
    let gone = false
    void callEngine('parity.last', null).then(
      (last) => (gone ? undefined : setReport(last)),
      () => undefined,
    )
    return () => {
      gone = true
      running.current?.abort()
    }
  }, [])
  const start = async (): Promise<void> => {
    const controller = new AbortController()
    running.current = controller
    setProgress({ step: 'Preparing test pictures', done: 0, total: 1 })
    const made = await checkParity(null, controller.signal, setProgress)
    if (running.current === controller) running.current = null
    setProgress(null)
    if (made !== null) setReport(made)
  }
  return (
    <section className="panel" data-testid="parity">
      <div className="row wrap spread">
        <h2>Do they compute the same?</h2>
        {progress === null ? (
          <Button data-testid="parity-check" disabled={busy} onClick={() => void start()}>
            <Scale size={16} aria-hidden />
            Compare
          </Button>
        ) : (
          <Button onClick={() => running.current?.abort()}>Stop</Button>
        )}
      </div>
      <p className="soft">
        Test pictures and some of your photos are described by every backend. Only backends that agree share results.
      </p>
      {progress === null ? null : (
        <div className="stack">
          <Progress label={progress.step} done={progress.done} total={progress.total} />
          <p className="soft">{progress.step}</p>
        </div>
      )}
      {report === null ? null : <ReportTable report={report} />}
    </section>
  )
}
