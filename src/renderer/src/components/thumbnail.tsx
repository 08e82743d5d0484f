import { ImageOff } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { thumbnailUrl } from '../lib/photo-url.ts'

interface ThumbnailProps {
  photoId: number
  className?: string
}

/** A catalogued photo's small picture, or a sign that there is none. Its name stands in text beside it. */
export function Thumbnail({ photoId, className }: ThumbnailProps): ReactNode {
  const [missing, setMissing] = useState<number | null>(null)
  if (missing === photoId) return <ImageOff className={className} size={24} aria-hidden />
  return (
    <img
      className={className}
      src={thumbnailUrl(photoId)}
      alt=""
      draggable={false}
      decoding="async"
      onError={() => setMissing(photoId)}
    />
  )
}
