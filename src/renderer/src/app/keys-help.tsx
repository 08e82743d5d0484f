import type { ReactNode } from 'react'
import { Modal } from '../components/modal.tsx'
import { bridge } from '../lib/bridge.ts'
import { keyList, keyName } from '../lib/keys.ts'
import { sendToNavigation, useNavigation } from '../lib/navigation.ts'

export function KeysHelp(): ReactNode {
  const open = useNavigation((state) => state.keysOpen)
  return (
    <Modal open={open} onClose={() => sendToNavigation({ type: 'keys-toggled', open: false })} title="Keys" wide>
      <div className="key-columns" data-testid="keys-help">
        {keyList.map((section) => (
          <section key={section.title}>
            <h3>{section.title}</h3>
            <dl>
              {section.keys.map(({ keys, does }) => (
                <div key={keys} style={{ display: 'contents' }}>
                  <dt>
                    <kbd>{keyName(keys, bridge.platform)}</kbd>
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  )
}
