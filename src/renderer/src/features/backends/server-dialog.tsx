import { useState, type ReactNode } from 'react'
import type { InputFormat, ServerKind } from '../../../../shared/contract/servers.ts'
import { Button } from '../../components/button.tsx'
import { Choice } from '../../components/choice.tsx'
import { Modal } from '../../components/modal.tsx'
import { saveServer } from './server-calls.ts'
import { emptyForm, readForm, travelsInTheOpen, type ServerForm } from './server-draft.ts'
import { formatNames, kindNames } from './server-words.ts'

const inputsOf: Record<ServerKind, readonly InputFormat[]> = {
  pytorch: ['multipart-jpeg', 'base64-jpeg', 'multipart-png', 'base64-png'],
  triton: ['jpeg', 'uint8', 'fp16', 'fp32', 'json-fp32'],
}

interface FieldProps {
  label: string
  value: string
  hint?: string
  onChange(text: string): void
  secret?: boolean
  lines?: number
  testId?: string
}

function Field({ label, value, hint = '', onChange, secret = false, lines = 1, testId }: FieldProps): ReactNode {
  const common = {
    className: 'field wide',
    value,
    placeholder: hint,
    spellCheck: false,
    autoComplete: 'off',
    'data-testid': testId,
  }
  return (
    <label className="field-block">
      <span>{label}</span>
      {lines > 1 ? (
        <textarea {...common} rows={lines} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input {...common} type={secret ? 'password' : 'text'} onChange={(event) => onChange(event.target.value)} />
      )}
    </label>
  )
}

interface SecretProps {
  label: string
  hint: string
  /** Null: one is kept and stays. */
  value: string | null
  lines?: number
  onChange(text: string | null): void
}

/** A secret is never shown again: it is kept, or typed anew. */
function Secret({ label, hint, value, lines, onChange }: SecretProps): ReactNode {
  if (value === null) {
    return (
      <div className="row wrap spread">
        <span>{label}: kept</span>
        <Button size="small" onClick={() => onChange('')}>
          Replace or remove
        </Button>
      </div>
    )
  }
  return (
    <Field
      label={label}
      hint={hint}
      value={value}
      secret={lines === undefined}
      {...(lines === undefined ? {} : { lines })}
      onChange={onChange}
    />
  )
}

interface ServerDialogProps {
  form: ServerForm
  onClose(): void
}

/** Adds or changes a server. Mount it to open it. */
export function ServerDialog({ form: first, onClose }: ServerDialogProps): ReactNode {
  const [form, setForm] = useState(first)
  const [mistake, setMistake] = useState<string | null>(null)
  const [saving, setSaving] = useState(false)
  const change = (part: Partial<ServerForm>): void => setForm({ ...form, ...part })
  const save = async (): Promise<void> => {
    const read = readForm(form)
    if ('mistake' in read) return setMistake(read.mistake)
    setSaving(true)
    const refused = await saveServer(read.draft)
    setSaving(false)
    if (refused === null) onClose()
    else setMistake(refused)
  }
  const inputs = inputsOf[form.kind].map((value) => ({ value, label: formatNames[value] }))
  return (
    <Modal
      open
      onClose={onClose}
      title={form.id === null ? 'Add a server' : 'Change the server'}
      about="A computer with a graphics card that describes photos for this one. It is tested when you save."
    >
      <div className="stack" style={{ gap: 12 }}>
        {form.id === null ? (
          <div className="field-block">
            <span aria-hidden>Kind of server</span>
            <Choice<ServerKind>
              label="Kind of server"
              testId="server-kind"
              value={form.kind}
              options={[
                { value: 'pytorch', label: `${kindNames.pytorch} (FastAPI)` },
                { value: 'triton', label: `${kindNames.triton} (NVIDIA)` },
              ]}
              onChange={(kind) => setForm(emptyForm(kind))}
            />
          </div>
        ) : null}
        <Field
          label={form.kind === 'triton' ? 'Address (http:// or grpc://)' : 'Address'}
          hint={
            form.kind === 'triton' ? 'http://192.168.1.20:8003 or grpc://192.168.1.20:8004' : 'http://192.168.1.20:8002'
          }
          value={form.url}
          testId="server-url"
          onChange={(url) => change({ url })}
        />
        {form.allowUnencrypted || travelsInTheOpen(form.url) ? (
          <label className="check">
            <input
              type="checkbox"
              data-testid="server-unencrypted"
              checked={form.allowUnencrypted}
              onChange={(event) => change({ allowUnencrypted: event.target.checked })}
            />
            This address is not in a private network, and nothing is encrypted on the way: anybody there could see the
            photos. Send them all the same.
          </label>
        ) : null}
        <details>
          <summary>More</summary>
          <div className="stack" style={{ gap: 12, paddingTop: 12 }}>
            <div className="field-block">
              <span aria-hidden>How photos travel</span>
              <Choice
                label="How photos travel"
                value={form.input}
                options={[
                  { value: 'auto' as const, label: 'Automatic: the fastest that gives equal results' },
                  ...inputs,
                ]}
                onChange={(input) => change({ input })}
              />
            </div>
            <Field
              label="Model"
              hint="the first one that takes pictures"
              value={form.model}
              onChange={(model) => change({ model })}
            />
            {form.kind === 'triton' ? (
              <Field
                label="Metrics address"
                hint="http://192.168.1.20:8005"
                value={form.metricsUrl}
                onChange={(metricsUrl) => change({ metricsUrl })}
              />
            ) : null}
            <Secret label="Access token" hint="none" value={form.token} onChange={(token) => change({ token })} />
            <Secret
              label="Further headers"
              hint="X-Name: value"
              value={form.headers}
              lines={2}
              onChange={(headers) => change({ headers })}
            />
            <Secret
              label="Certificate authority (PEM)"
              hint="-----BEGIN CERTIFICATE-----"
              value={form.certificate}
              lines={3}
              onChange={(certificate) => change({ certificate })}
            />
            <p className="soft">Tokens and headers are kept sealed by the system and never shown or exported.</p>
          </div>
        </details>
        {mistake === null ? null : <p role="alert">{mistake}</p>}
      </div>
      <div className="dialog-actions">
        <Button onClick={onClose}>Back</Button>
        <Button look="primary" data-testid="server-save" disabled={saving} onClick={() => void save()}>
          Save and test
        </Button>
      </div>
    </Modal>
  )
}
