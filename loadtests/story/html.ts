const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it may stand in an element or an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

export function section(title: string, ...parts: readonly string[]): string {
  return `<section><h2>${escapeHtml(title)}</h2>${parts.join('\n')}</section>`
}

export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`
}

/** A table that scrolls by itself where it is too wide; cells are escaped here. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, texts: readonly string[]) =>
    texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join('')
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')
  const top = `<thead><tr>${cells('th', head)}</tr></thead>`
  return `<div class="wide"><table>${top}<tbody>${body}</tbody></table></div>`
}
