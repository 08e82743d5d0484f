import type { ReactNode } from 'react'
import type { BackendStatus } from '../../../../shared/contract/models.ts'
import type { BackendMode } from '../../../../shared/contract/servers.ts'
import { Segments } from '../../components/segments.tsx'
import { setMode } from './server-calls.ts'

const modes: readonly { value: BackendMode; label: string; testId: string }[] = [
  { value: 'local', label: 'This computer', testId: 'mode-local' },
  { value: 'pytorch', label: 'PyTorch', testId: 'mode-pytorch' },
  { value: 'triton', label: 'Triton', testId: 'mode-triton' },
  { value: 'auto', label: 'Automatic', testId: 'mode-auto' },
]

const modeAbout: Record<BackendMode, string> = {
  local: 'Photos are described on this computer. None leaves it.',
  pytorch: 'Photos are described by your PyTorch servers. When none answers, the scan waits and offers this computer.',
  triton: 'Photos are described by your Triton servers. When none answers, the scan waits and offers this computer.',
  auto: 'The fastest server that answers and computes the same is used; without one, this computer. What runs is always shown.',
}

/** Where photos are described. */
export function ModePanel({ status, busy }: { status: BackendStatus; busy: boolean }): ReactNode {
  return (
    <section className="panel" data-testid="mode">
      <div className="row wrap spread">
        <h2>Where photos are described</h2>
        <Segments
          label="Where photos are described"
          value={status.mode}
          options={modes}
          onChange={(mode) => (busy ? undefined : void setMode(mode))}
        />
      </div>
      <p className="soft">{modeAbout[status.mode]}</p>
      {status.modeReason === null ? null : <p role="status">{status.modeReason}</p>}
    </section>
  )
}
