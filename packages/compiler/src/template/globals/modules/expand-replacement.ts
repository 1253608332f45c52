import { TemplateError } from '../../template-error.ts'

const controls: { readonly [letter: string]: string } = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/** The replacement text of `re.sub`: `\1`, `\g<2>`, `\g<name>` and escapes. */
export function expandReplacement(template: string, group: (name: string | number) => string): string {
  if (!template.includes('\\')) return template
  return template.replace(
    /\\(?:g<([^>]*)>|(0[0-7]{0,2}|[1-3][0-7]{2})|([1-9]\d?)|([\s\S])|$)/g,
    (whole, named: string, octal: string, index: string, other: string) => {
      if (named !== undefined) return group(/^\d+$/.test(named) ? Number(named) : named)
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
      if (index !== undefined) return group(Number(index))
      if (other !== undefined && Object.hasOwn(controls, other)) return controls[other]!
      if (other === undefined || /[A-Za-z]/.test(other)) {
        throw new TemplateError(`the escape "${whole}" in the text that replaces`)
      }
      return whole
    },
  )
}
