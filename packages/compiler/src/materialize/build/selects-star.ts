const comment = String.raw`--[^\n]*|/\*[\s\S]*?\*/`
const quoted = String.raw`\be'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?<tag>\w*)\$[\s\S]*?\$\k<tag>\$`
const opaque = new RegExp(`${comment}|${quoted}`, 'gi')

/** Behind what begins a list of columns, or before what ends one. */
const star = /(?:\b(?:select|distinct|all)|[,.])\s*\*|(?<!\(\s*)\*\s*(?:$|[,);]|from\b)|\btable\b/i

/**
 * Whether the columns of a SELECT may depend on those of what it reads: `*`, `t.*`, `table t`, but not `count(*)`. In doubt it
 * says so.
 */
export function selectsStar(select: string): boolean {
  return star.test(select.replace(opaque, (text) => (/^(?:--|\/\*)/.test(text) ? ' ' : 'x')))
}
