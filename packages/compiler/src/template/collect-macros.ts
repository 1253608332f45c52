import { rootScope } from './evaluate/scope.ts'
import type { BlockStatement, Template } from './syntax/template.ts'
import type { Macro, TemplateContext } from './values/value.ts'

/** The named blocks at the top of a file: macros, tests, materializations, snapshots, docs. */
export function collectMacros(template: Template): BlockStatement[] {
  return template.body.filter((statement) => statement.kind === 'block')
}

/**
 * The value that makes a block of another file callable, to be put into a context under the name it shall have. Its
 * body sees `context`; without one, the context of the render that calls it.
 */
export function macroValue(template: Template, block: BlockStatement, context?: TemplateContext): Macro {
  const { name, tag, signature, body } = block
  const scope = context === undefined ? null : rootScope(context)
  return { kind: 'macro', name, tag, signature, body, source: template.source, scope }
}

/** A block as a template of its own (a snapshot, a docs block), with the positions of its file. */
export function blockTemplate(template: Template, block: BlockStatement): Template {
  return { kind: 'template', source: template.source, body: block.body }
}
