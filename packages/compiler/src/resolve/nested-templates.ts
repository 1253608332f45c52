import {
  evaluateTemplate,
  type HostArguments,
  parseTemplate,
  renderTemplate,
  type TemplateContext,
  TemplateError,
  type Value,
} from '../template/index.ts'

/** The value of a variable whose text is a template. `file` is where it was given. */
export function renderVariable(text: string, context: TemplateContext, file: string): Value {
  const { template, diagnostics } = parseTemplate(text, file)
  const rendered = template === null ? null : evaluateTemplate(template, context, { undefinedIs: 'warning' })
  const problem = [...diagnostics, ...(rendered?.diagnostics ?? [])].find(
    ({ severity }) => severity === 'error',
  )
  if (problem === undefined) return rendered?.value ?? null
  throw new TemplateError(`in the value of a variable: ${problem.message}`, {
    code: problem.code,
    hint: problem.hint,
  })
}

/** `render(text)`: the text with its templates rendered in the same context. */
export function renderArgument(args: HostArguments, context: TemplateContext): Value {
  const text = args.positional[0]
  if (typeof text !== 'string') return text ?? null
  const { template, diagnostics } = parseTemplate(text, args.location.file)
  const rendered = template === null ? null : renderTemplate(template, context, { undefinedIs: 'warning' })
  const problem = [...diagnostics, ...(rendered?.diagnostics ?? [])].find(
    ({ severity }) => severity === 'error',
  )
  if (problem === undefined) return rendered?.text ?? ''
  throw new TemplateError(problem.message, { code: problem.code, hint: problem.hint })
}
