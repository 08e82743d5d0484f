import type { z } from 'zod'
import { Settings } from '../../shared/contract/calls.ts'
import type { Connection } from './database.ts'

export interface KeyValues {
  /** The value kept under this key; null when there is none or when it no longer fits the schema. */
  get<S extends z.ZodType>(key: string, schema: S): z.output<S> | null
  /** Keeps a JSON value; null removes it. */
  set(key: string, value: unknown): void
}

export interface SettingsStore {
  /** The person's settings, with defaults where nothing (or nothing valid) is kept. */
  read(): Settings
  /** Returns what was kept. */
  write(settings: Settings): Settings
}

export function createKeyValues(connection: Connection): KeyValues {
  const select = connection.prepare<[string], { value: string }>('SELECT value FROM key_values WHERE key = ?')
  const upsert = connection.prepare(
    'INSERT INTO key_values (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  )
  const remove = connection.prepare('DELETE FROM key_values WHERE key = ?')
  return {
    get(key, schema) {
      const text = select.get(key)?.value
      if (text === undefined) return null
      const parsed = schema.safeParse(parseJson(text))
      return parsed.success ? parsed.data : null
    },
    set(key, value) {
      if (value === null) remove.run(key)
      else upsert.run(key, JSON.stringify(value))
    },
  }
}

export function createSettings(keyValues: KeyValues): SettingsStore {
  return {
    read: () => keyValues.get('settings', Settings) ?? Settings.parse({}),
    write(settings) {
      const parsed = Settings.parse(settings)
      keyValues.set('settings', parsed)
      return parsed
    },
  }
}

/** Text that is no JSON reads as undefined, which fits no schema. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
