import type { SearchRecall } from '../contract/groups.ts'

/** In words. Rounded down: a search that missed something never says 100 %. */
export function searchRecallText({ share, sampled, indexed }: SearchRecall): string {
  const percent = (Math.floor(share * 1000) / 10).toFixed(1)
  const how = indexed ? 'by an index' : 'by comparing all'
  return `${percent} % of the nearest found ${how}, measured on ${sampled.toLocaleString('en')} photos`
}
