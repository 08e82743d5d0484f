/** The page has an origin of its own, served from the built files only; see page-protocol.ts. */
export const pageOrigin = 'app://twinlens'
export const pageUrl = `${pageOrigin}/index.html`

/** Whether an address is the page's own. */
export function isPageUrl(url: string): boolean {
  return url === pageUrl || url.startsWith(`${pageUrl}#`) || url.startsWith(`${pageUrl}?`)
}
