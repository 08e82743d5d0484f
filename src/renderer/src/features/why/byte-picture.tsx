import { useEffect, useRef, type ReactNode } from 'react'

interface BytePictureProps {
  /** A JPEG. */
  bytes: Uint8Array
  label: string
}

/**
 * A picture that came as bytes. It is drawn on a canvas: the page's policy knows no addresses for bytes (`blob:`), and needs
 * none this way.
 */
export function BytePicture({ bytes, label }: BytePictureProps): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    let current = true
    const draw = async (): Promise<void> => {
      const bitmap = await createImageBitmap(new Blob([bytes.slice()], { type: 'image/jpeg' }))
      const target = canvas.current
      if (current && target !== null) {
        target.width = bitmap.width
        target.height = bitmap.height
        target.getContext('2d')?.drawImage(bitmap, 0, 0)
      }
      bitmap.close()
    }
    // An engine that can't be understood shows no picture; the words beside it stay.
    draw().catch(() => undefined)
    return () => {
      current = false
    }
  }, [bytes])
  return <canvas ref={canvas} role="img" aria-label={label} data-testid="why-picture" />
}
