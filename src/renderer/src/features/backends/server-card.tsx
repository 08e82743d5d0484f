import { Check, CircleSlash, Download, Globe, Lock, Pencil, RefreshCw, Trash2, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ModelState } from '../../../../shared/contract/models.ts'
import type { ParityVerdict, ServerState } from '../../../../shared/contract/servers.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { formatBytes } from '../../lib/format.ts'
import { formatCosine } from './figures.ts'
import { fetchTwin, forgetServer, saveServer, testServer } from './server-calls.ts'
import { formOf, readForm } from './server-draft.ts'
import { exposureWords, kindNames, reportFacts, trialSpeed, trialWords, verdictWords } from './server-words.ts'

export function VerdictBadge({ verdict }: { verdict: ParityVerdict }): ReactNode {
  const { badge, look } = verdictWords[verdict]
  const Icon = look === 'accent' ? Check : look === 'warn' ? TriangleAlert : CircleSlash
  return (
    <span className={look === 'plain' ? 'badge' : `badge ${look}`} data-testid="verdict" data-verdict={verdict}>
      <Icon size={12} aria-hidden />
      {badge}
    </span>
  )
}

function StateBadge({ state }: { state: ServerState }): ReactNode {
  if (state.testing) return <span className="badge">testing…</span>
  if ((state.report?.problem ?? null) === null) return <VerdictBadge verdict={state.verdict} />
  return (
    <span className="badge warn" data-testid="verdict" data-verdict="problem">
      <TriangleAlert size={12} aria-hidden />
      {state.report?.reachable === true ? 'not ready' : 'not reachable'}
    </span>
  )
}

function Trials({ state }: { state: ServerState }): ReactNode {
  if (state.trials.length === 0) return null
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Way in</th>
          <th scope="col">Result</th>
          <th scope="col" className="end">
            A photo
          </th>
          <th scope="col" className="end">
            Agreement
          </th>
          <th scope="col" className="end">
            Speed
          </th>
        </tr>
      </thead>
      <tbody>
        {state.trials.map((trial) => (
          <tr key={trialWords(trial)}>
            <td>
              {trialWords(trial)} {trial.chosen ? <span className="badge accent">in use</span> : null}
            </td>
            <td>
              <VerdictBadge verdict={trial.verdict} />{' '}
              {trial.reason === state.verdictReason ? null : <span className="soft">{trial.reason}</span>}
            </td>
            <td className="end">{trial.bytesPerImage === null ? '–' : formatBytes(trial.bytesPerImage)}</td>
            <td className="end">{trial.minCosine === null ? '–' : formatCosine(trial.minCosine)}</td>
            <td className="end">{trialSpeed(trial)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What the server says of itself, and what does not please. */
function Report({ state }: { state: ServerState }): ReactNode {
  const { report } = state
  if (state.testing && report === null) return <p className="soft">It is asked what it is and what it computes…</p>
  if (report === null) return <p className="soft">Not tested since Twinlens was started. Press Test.</p>
  const Exposed = report.exposure === 'encrypted' ? Lock : Globe
  return (
    <>
      <p className="soft">{reportFacts(report).join(' · ')}</p>
      {report.problem === null ? null : (
        <p className="row" role="alert">
          <TriangleAlert size={16} aria-hidden />
          <span>
            {report.problem.message} <span className="soft">Scans leave it out meanwhile; no photo was sent.</span>
          </span>
        </p>
      )}
      <p className={report.exposure === 'unencrypted' ? 'row' : 'row soft'}>
        <Exposed size={16} aria-hidden /> {exposureWords[report.exposure]}
      </p>
      {report.notes.map((note) => (
        <p key={note} className="soft">
          {note}
        </p>
      ))}
    </>
  )
}

interface ServerCardProps {
  state: ServerState
  /** The model to compare with, when it is not on this computer yet. */
  missingTwin: ModelState | null
  busy: boolean
  onEdit(): void
}

export function ServerCard({ state, missingTwin, busy, onEdit }: ServerCardProps): ReactNode {
  const { entry } = state
  const toggle = (): void => {
    const read = readForm({ ...formOf(entry), enabled: !entry.enabled })
    if ('draft' in read) void saveServer(read.draft)
  }
  const offersTwin = missingTwin !== null && entry.kind === 'pytorch' && state.report?.reachable === true
  return (
    <li className="server-card" data-testid="server-card" data-testing={state.testing}>
      <div className="row wrap spread">
        <p className="row wrap">
          <strong>
            {kindNames[entry.kind]} {entry.url}
          </strong>
          <StateBadge state={state} />
          {entry.enabled ? null : <span className="badge">left out of scans</span>}
        </p>
        <span className="row">
          <Button
            size="small"
            data-testid="server-test"
            disabled={busy || state.testing}
            onClick={() => void testServer(entry.id)}
          >
            <RefreshCw size={14} aria-hidden />
            Test
          </Button>
          <Button size="small" disabled={busy} onClick={toggle}>
            {entry.enabled ? 'Leave out' : 'Use again'}
          </Button>
          <IconButton label={`Change ${entry.url}`} disabled={busy} onClick={onEdit}>
            <Pencil size={16} aria-hidden />
          </IconButton>
          <IconButton label={`Forget ${entry.url}`} disabled={busy} onClick={() => void forgetServer(entry.id)}>
            <Trash2 size={16} aria-hidden />
          </IconButton>
        </span>
      </div>
      <Report state={state} />
      {state.testing || state.report === null || state.report.problem !== null || state.verdictReason === '' ? null : (
        <p>{state.verdictReason}</p>
      )}
      {offersTwin ? (
        <p>
          <Button size="small" disabled={busy} onClick={() => void fetchTwin(missingTwin, entry.id)}>
            <Download size={14} aria-hidden />
            Fetch its model to compare with ({formatBytes(missingTwin.bytes)})
          </Button>
        </p>
      ) : null}
      <Trials state={state} />
    </li>
  )
}
