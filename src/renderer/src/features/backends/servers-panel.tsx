import { Plus, Server } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { BackendStatus } from '../../../../shared/contract/models.ts'
import { Button } from '../../components/button.tsx'
import { ServerCard } from './server-card.tsx'
import { ServerDialog } from './server-dialog.tsx'
import { emptyForm, formOf, type ServerForm } from './server-draft.ts'

/** The servers that are set up, each with what it is and whether it computes the same. */
export function ServersPanel({ status, busy }: { status: BackendStatus; busy: boolean }): ReactNode {
  const [form, setForm] = useState<ServerForm | null>(null)
  const twin = status.models.find((model) => model.role === 'server-twin')
  const missingTwin = twin === undefined || twin.installed ? null : twin
  return (
    <section className="panel" data-testid="servers">
      <div className="row wrap spread">
        <h2>Servers</h2>
        <Button data-testid="server-add" disabled={busy} onClick={() => setForm(emptyForm('pytorch'))}>
          <Plus size={16} aria-hidden />
          Add a server…
        </Button>
      </div>
      {status.servers.length === 0 ? (
        <p className="row soft">
          <Server size={16} aria-hidden />A computer with a graphics card can describe your photos faster. Add its
          address, or start one from the recipes in resources/servers.
        </p>
      ) : (
        <ul>
          {status.servers.map((state) => (
            <ServerCard
              key={state.entry.id}
              state={state}
              missingTwin={missingTwin}
              busy={busy}
              onEdit={() => setForm(formOf(state.entry))}
            />
          ))}
        </ul>
      )}
      {form === null ? null : <ServerDialog form={form} onClose={() => setForm(null)} />}
    </section>
  )
}
