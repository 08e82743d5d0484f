import { done, type PhaseContext, type PhaseNote } from '../phase-context.ts'

/** Whether the backend computes the same as the reference. What computes something else is measured, and not ranked. */
export async function checkParityGate({ backend, ports, section, signal }: PhaseContext): Promise<PhaseNote> {
  const checked = ports.checkParity === null ? null : await ports.checkParity(backend, signal)
  section.parity = checked ?? {
    verdict: 'not-compared',
    reason: 'There is no reference to compare with: install the server’s twin model, or run the parity check first.',
  }
  return checked === null ? { state: 'skipped', reason: section.parity.reason } : done
}
