import { Check, Download, FileInput } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import type { BackendStatus, ModelState } from '../../../../shared/contract/models.ts'
import { Button } from '../../components/button.tsx'
import { Progress } from '../../components/progress.tsx'
import { useSession } from '../../lib/engine.ts'
import { formatBytes, formatCount } from '../../lib/format.ts'
import { roleWords } from './backends-words.ts'
import { chooseBackend, fetchModel, importModel, stopFetching } from './downloads.ts'

interface ModelCardProps {
  model: ModelState
  status: BackendStatus
  busy: boolean
}

export function ModelCard({ model, status, busy }: ModelCardProps): ReactNode {
  const id = useId()
  const job = useSession((session) => session.job)
  const mine = job?.kind === 'download' && job.modelId === model.id ? job : null
  const fetching = mine ?? model.fetching
  const used = status.model === model.id
  return (
    <li className="model-card" data-testid={`model-${model.id}`}>
      <input
        id={id}
        type="radio"
        name="model"
        checked={used}
        disabled={busy || (!model.installed && !used)}
        onChange={() => void chooseBackend(status.choice, model.id)}
      />
      <div>
        <p className="row wrap">
          <label htmlFor={id}>
            <strong>{model.title}</strong>
          </label>
          {model.installed ? (
            <span className="badge accent">
              <Check size={12} aria-hidden /> {used ? 'in use' : 'ready'}
            </span>
          ) : null}
        </p>
        <p className="soft">
          {roleWords[model.role]} {formatBytes(model.bytes)} · {formatCount(model.dimension)} numbers a photo · licence{' '}
          {model.licence}
        </p>
      </div>
      {model.installed ? (
        <span />
      ) : fetching === null ? (
        <span className="row">
          <Button
            data-testid={`model-fetch-${model.id}`}
            disabled={job !== null}
            onClick={() => void fetchModel(model)}
          >
            <Download size={16} aria-hidden />
            Fetch {formatBytes(model.bytes)}
          </Button>
          <Button disabled={job !== null} onClick={() => void importModel(model)}>
            <FileInput size={16} aria-hidden />
            From a file…
          </Button>
        </span>
      ) : (
        <Button onClick={stopFetching}>Stop</Button>
      )}
      {fetching === null ? null : (
        <Progress label={`Fetching ${model.title}`} done={fetching.receivedBytes} total={fetching.totalBytes} />
      )}
    </li>
  )
}
