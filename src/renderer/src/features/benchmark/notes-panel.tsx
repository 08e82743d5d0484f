import { Pencil } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { BenchmarkComparison } from '../../../../shared/contract/benchmark-comparison.ts'
import type { BenchmarkResult, RunNotes } from '../../../../shared/contract/benchmark.ts'
import { distinctLabels } from '../../../../shared/charts/charts-of.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Modal } from '../../components/modal.tsx'
import { keepNotes } from './benchmark-store.ts'
import { notesForm, notesWords, readNotes, type NotesForm } from './notes-form.ts'

const fields: readonly { name: keyof NotesForm; label: string; hint: string }[] = [
  { name: 'pricePerHour', label: 'Price, $ an hour', hint: '0.35' },
  { name: 'provider', label: 'Provider', hint: 'who rents it out' },
  { name: 'instanceType', label: 'Kind of machine', hint: 'g5.xlarge' },
  { name: 'region', label: 'Region', hint: 'eu-central-1' },
  { name: 'image', label: 'Server image or commit', hint: 'triton-clip:1.4' },
]

interface DialogProps {
  id: string
  label: string
  notes: RunNotes
  onClose(): void
}

function NotesDialog({ id, label, notes, onClose }: DialogProps): ReactNode {
  const [form, setForm] = useState(notesForm(notes))
  const [mistake, setMistake] = useState<string | null>(null)
  const save = (): void => {
    const read = readNotes(form)
    if ('mistake' in read) return setMistake(read.mistake)
    onClose()
    void keepNotes(id, read.notes)
  }
  return (
    <Modal
      open
      onClose={onClose}
      title="Notes of this run"
      about={`${label}. They stay with the figures, also when exported.`}
    >
      <div className="stack" style={{ gap: 12 }}>
        {fields.map(({ name, label: title, hint }) => (
          <label key={name} className="field-block">
            <span>{title}</span>
            <input
              className="field wide"
              placeholder={hint}
              data-testid={`notes-${name}`}
              value={form[name]}
              onChange={(event) => setForm({ ...form, [name]: event.target.value })}
            />
          </label>
        ))}
        <label className="field-block">
          <span>Remarks</span>
          <textarea
            className="field wide"
            rows={3}
            value={form.text}
            onChange={(event) => setForm({ ...form, text: event.target.value })}
          />
        </label>
        {mistake === null ? null : <p role="alert">{mistake}</p>}
      </div>
      <div className="dialog-actions">
        <Button onClick={onClose}>Back</Button>
        <Button look="primary" data-testid="notes-save" onClick={save}>
          Save
        </Button>
      </div>
    </Modal>
  )
}

interface NotesPanelProps {
  results: readonly BenchmarkResult[]
  comparison: BenchmarkComparison
}

/** What the person noted of each run; published figures carry their source’s cautions instead. */
export function NotesPanel({ results, comparison }: NotesPanelProps): ReactNode {
  const [editing, setEditing] = useState<number | null>(null)
  const labels = distinctLabels(comparison.columns)
  const edited = editing === null ? undefined : comparison.columns[editing]
  return (
    <section className="panel stack" data-testid="benchmark-notes">
      <h2>Notes</h2>
      {comparison.columns.map((column, index) => {
        const result = results[index]
        const cautions = result?.source?.cautions ?? []
        return (
          <div key={column.id}>
            <div className="row">
              <strong>{labels[index]}</strong>
              {column.origin === 'measured' ? (
                <IconButton label={`Change the notes of ${labels[index]}`} onClick={() => setEditing(index)}>
                  <Pencil size={14} aria-hidden />
                </IconButton>
              ) : null}
            </div>
            <p className="soft">{notesWords(result?.notes ?? {}) ?? (cautions.length > 0 ? '' : 'None yet.')}</p>
            {cautions.map((caution) => (
              <p key={caution} className="soft">
                {caution}
              </p>
            ))}
          </div>
        )
      })}
      {editing === null || edited === undefined ? null : (
        <NotesDialog
          id={edited.id}
          label={labels[editing] ?? edited.label}
          notes={results[editing]?.notes ?? {}}
          onClose={() => setEditing(null)}
        />
      )}
    </section>
  )
}
