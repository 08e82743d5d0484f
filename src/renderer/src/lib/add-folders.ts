import { useState, type DragEvent } from 'react'
import { bridge } from './bridge.ts'
import { attempt, callEngine, sendToSession } from './engine.ts'

/** Adds the folders behind the grants to the library. @returns whether it went well */
export async function addGrantedFolders(grants: string[]): Promise<boolean> {
  if (grants.length === 0) return false
  return attempt(
    'add the folder',
    async () => {
      sendToSession({ type: 'library-read', library: await callEngine('library.addFolders', { grants }) })
    },
    'No photo was changed.',
  )
}

/** Lets the person choose folders and adds them. @returns whether any was added */
export async function chooseAndAddFolders(): Promise<boolean> {
  return addGrantedFolders(await bridge.chooseFolders())
}

interface FolderDrop {
  over: boolean
  handlers: {
    onDragOver(event: DragEvent): void
    onDragLeave(event: DragEvent): void
    onDrop(event: DragEvent): void
  }
}

/** Lets an element take folders that are dropped on it. */
export function useFolderDrop(onAdded: () => void): FolderDrop {
  const [over, setOver] = useState(false)
  return {
    over,
    handlers: {
      onDragOver(event) {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        event.dataTransfer.dropEffect = 'link'
        setOver(true)
      },
      onDragLeave(event) {
        const into = event.relatedTarget
        if (!(into instanceof Node && event.currentTarget.contains(into))) setOver(false)
      },
      onDrop(event) {
        event.preventDefault()
        setOver(false)
        const files = [...event.dataTransfer.files]
        if (files.length === 0) return
        void bridge.grantDropped(files).then(async (grants) => {
          if (await addGrantedFolders(grants)) onAdded()
        })
      },
    },
  }
}
