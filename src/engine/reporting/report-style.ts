/** The style of the HTML report: light and dark by the reader's system, printable. */
export const reportStyle = `
:root { color-scheme: light dark; --line: #8886; --remove: #c3261f; --keep: #1f7a3d }
@media (prefers-color-scheme: dark) { :root { --remove: #ff8a80; --keep: #7bd88f } }
body { font: 14px/1.45 system-ui, sans-serif; margin: 24px; max-width: 1400px }
h2 { margin-top: 32px } small, .note { opacity: .75 }
.group { display: flex; flex-wrap: wrap; gap: 12px; border-top: 1px solid var(--line); padding: 12px 0 }
figure { width: 220px; margin: 0 } img { width: 220px; height: 165px; object-fit: contain; background: #8882 }
.none { width: 220px; height: 165px; background: #8882; display: grid; place-items: center }
figcaption { overflow-wrap: anywhere; font-size: 12px }
.remove b { color: var(--remove) } .keep b { color: var(--keep) }
table { border-collapse: collapse } td, th { border: 1px solid var(--line); padding: 4px 8px; text-align: left; overflow-wrap: anywhere }
@media print { .group { break-inside: avoid } }
`
