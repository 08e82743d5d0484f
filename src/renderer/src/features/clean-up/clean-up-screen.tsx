import './clean-up.css'
import { ArrowLeft, BrushCleaning, CircleCheck, Download, FolderInput, Trash2, TriangleAlert } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useEffect, type ReactNode } from 'react'
import type { CleanUpPlan, CleanUpProgress, CleanUpReport } from '../../../../shared/contract/clean-up.ts'
import { Tier } from '../../../../shared/contract/groups.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Modal } from '../../components/modal.tsx'
import { Progress } from '../../components/progress.tsx'
import { ReportList } from '../../components/report-list.tsx'
import { Segments } from '../../components/segments.tsx'
import { formatBytes, formatCount, photos } from '../../lib/format.ts'
import { journalSummary } from '../../lib/journal-words.ts'
import { useKeys } from '../../lib/keys.ts'
import { goTo } from '../../lib/navigation.ts'
import { tierWords } from '../../lib/photo-words.ts'
import { applySentence } from './clean-up-state.ts'
import {
  applyPlan,
  chooseDestination,
  exportReport,
  makePlan,
  sendToCleanUp,
  stopApplying,
  useCleanUp,
} from './clean-up-store.ts'
import { PlanView } from './plan-view.tsx'

const formats = [
  { format: 'html', name: 'Page with pictures (HTML)' },
  { format: 'csv', name: 'Table (CSV)' },
  { format: 'json', name: 'Data (JSON)' },
] as const

/* Not modal: a modal menu would lock scrolling with a <style> element, which the page's policy refuses. */
function ExportMenu(): ReactNode {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button data-testid="export">
          <Download size={16} aria-hidden />
          Export report…
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
          {formats.map(({ format, name }) => (
            <DropdownMenu.Item key={format} className="menu-item" onSelect={() => void exportReport(format)}>
              {name}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

function Choices({ plan }: { plan: CleanUpPlan | null }): ReactNode {
  const choice = useCleanUp((state) => state.choice)
  const folder = choice.folderGrant !== null
  return (
    <div className="clean-up-choice">
      <fieldset>
        <legend>Remove from</legend>
        {Tier.options.map((tier) => (
          <label key={tier} className="check">
            <input
              type="checkbox"
              data-testid={`plan-tier-${tier}`}
              checked={choice.tiers.includes(tier)}
              onChange={(event) => sendToCleanUp({ type: 'tier-switched', tier, on: event.target.checked })}
            />
            {tierWords[tier].name}
          </label>
        ))}
      </fieldset>
      <div className="row">
        <strong>To</strong>
        <Segments
          label="Destination"
          value={folder ? 'folder' : 'trash'}
          onChange={(kind) => void chooseDestination(kind)}
          options={[
            {
              value: 'trash',
              label: (
                <>
                  <Trash2 size={14} aria-hidden /> Trash
                </>
              ),
              testId: 'destination-trash',
            },
            {
              value: 'folder',
              label: (
                <>
                  <FolderInput size={14} aria-hidden /> Folder…
                </>
              ),
              testId: 'destination-folder',
            },
          ]}
        />
        {plan?.destination.kind === 'folder' ? (
          <>
            <span className="mono clip">{plan.destination.path}</span>
            <button type="button" className="link-button" onClick={() => void chooseDestination('folder')}>
              Change…
            </button>
          </>
        ) : null}
      </div>
    </div>
  )
}

function ConfirmDialog({ plan }: { plan: CleanUpPlan }): ReactNode {
  const sentence = applySentence(plan)
  const close = (): void => sendToCleanUp({ type: 'confirm-toggled', open: false })
  const trash = plan.destination.kind === 'trash'
  return (
    <Modal open onClose={close} title={`${sentence}?`}>
      <ul className="stack">
        <li>Each file is checked again just before it goes; one that has changed is left alone and said.</li>
        <li>The last copy of a photo always stays.</li>
        <li>
          {trash
            ? 'Nothing is deleted for good: the photos go to the trash, and the history can put them back.'
            : 'The photos keep their folders’ names under the new place, and the history can put them back.'}
        </li>
      </ul>
      <div className="dialog-actions">
        <Button onClick={close}>Back</Button>
        <Button look="danger" data-testid="clean-up-confirm" onClick={() => void applyPlan()}>
          <Trash2 size={16} aria-hidden />
          {sentence}
        </Button>
      </div>
    </Modal>
  )
}

function Working({ plan, progress }: { plan: CleanUpPlan; progress: CleanUpProgress | null }): ReactNode {
  return (
    <div className="clean-up-work" data-testid="clean-up-working">
      <h2>{applySentence(plan)}…</h2>
      <Progress label="Clean-up" done={progress?.done ?? 0} total={progress?.total ?? plan.files} />
      <p className="row spread soft number">
        <span className="clip">{progress?.name ?? 'Checking the files…'}</span>
        <span>
          {formatCount(progress?.done ?? 0)} of {formatCount(progress?.total ?? plan.files)}
        </span>
      </p>
      <div>
        <Button onClick={stopApplying}>Stop after this file</Button>
      </div>
    </div>
  )
}

function Done({ report }: { report: CleanUpReport }): ReactNode {
  const { journal } = report
  const clean = journal.skipped + journal.failed === 0
  const Icon = clean ? CircleCheck : TriangleAlert
  return (
    <>
      <div className="panel row wrap spread" role="status" data-testid="clean-up-done">
        <p className="row grow">
          <Icon size={20} aria-hidden />
          <span>
            <strong>{journalSummary(journal)}.</strong>{' '}
            {clean
              ? 'Everything went as planned.'
              : 'What was skipped or failed is where it was; the reasons are below.'}
          </span>
        </p>
        <Button data-testid="clean-up-history" onClick={() => goTo('history', { journalId: journal.id })}>
          Show in history
        </Button>
        <Button look="primary" onClick={() => goTo('review')}>
          Back to review
        </Button>
      </div>
      <ReportList report={report} />
    </>
  )
}

function Stage(): ReactNode {
  const stage = useCleanUp((state) => state.stage)
  if (stage.name === 'planning') return <EmptyState icon={BrushCleaning} title="Making the plan…" />
  if (stage.name === 'failed') {
    const { title, happened, unharmed, advice } = stage.problem
    return (
      <EmptyState icon={TriangleAlert} title={title}>
        <p role="alert">{[happened, unharmed, advice].filter(Boolean).join(' ')}</p>
        <div className="row">
          <Button onClick={() => goTo('history')}>Open the history</Button>
          <Button look="primary" onClick={() => sendToCleanUp({ type: 'opened' })}>
            Make a new plan
          </Button>
        </div>
      </EmptyState>
    )
  }
  if (stage.name === 'applying') return <Working plan={stage.plan} progress={stage.progress} />
  if (stage.name === 'done') return <Done report={stage.report} />
  if (stage.plan.files > 0) return <PlanView plan={stage.plan} />
  return (
    <EmptyState icon={BrushCleaning} title="Nothing to remove">
      <p className="soft">
        {stage.plan.warnings[0]?.message ??
          'No photo of these kinds is marked for removal. Mark some in the review first.'}
      </p>
      <Button look="primary" onClick={() => goTo('review')}>
        Back to review
      </Button>
    </EmptyState>
  )
}

/** From the decisions to a plan, and from the plan to the trash. */
export function CleanUpScreen(): ReactNode {
  const choice = useCleanUp((state) => state.choice)
  const stage = useCleanUp((state) => state.stage)
  const planningFor = stage.name === 'planning' ? choice : null
  useEffect(() => sendToCleanUp({ type: 'opened' }), [])
  useEffect(() => {
    if (planningFor !== null) void makePlan()
  }, [planningFor])
  const confirming = stage.name === 'planned' && stage.confirming
  useKeys((key) => {
    if (key !== 'Escape') return false
    goTo('review')
    return true
  }, !confirming)
  const plan = stage.name === 'planned' ? stage.plan : null
  const choosing = stage.name === 'planned' || stage.name === 'planning'
  return (
    <div className="page">
      <header className="page-header">
        <Button look="quiet" className="icon" aria-label="Back to review" onClick={() => goTo('review')}>
          <ArrowLeft size={16} aria-hidden />
        </Button>
        <h1 className="grow">Clean up</h1>
        {plan === null ? null : (
          <span className="clean-up-sum" data-testid="plan-sum">
            {photos(plan.files)} · <strong>{formatBytes(plan.bytes)}</strong>
          </span>
        )}
        {choosing ? <ExportMenu /> : null}
        {choosing ? (
          <Button
            look="danger"
            data-testid="clean-up-apply"
            disabled={plan === null || plan.files === 0}
            onClick={() => sendToCleanUp({ type: 'confirm-toggled', open: true })}
          >
            <Trash2 size={16} aria-hidden />
            Apply…
          </Button>
        ) : null}
      </header>
      <div className="clean-up">
        {choosing ? <Choices plan={plan} /> : null}
        <Stage />
      </div>
      {plan !== null && confirming ? <ConfirmDialog plan={plan} /> : null}
    </div>
  )
}
