import type { Node } from '@pgsql/types'
import { as, constantOf } from './ast.ts'

const operators = new Set(['->', '->>', '#>', '#>>'])

/** The steps that an operator of JSON takes; `dynamic`: they are not constants; null: it is none of these operators. */
export function operatorSteps(
  operator: string,
  right: Node | undefined,
): readonly string[] | 'dynamic' | null {
  if (!operators.has(operator)) return null
  if (operator.startsWith('#')) return arraySteps(right) ?? 'dynamic'
  const key = constantOf(right)
  return key === null ? 'dynamic' : [typeof key === 'number' ? `[${key}]` : key]
}

/** Of a constant array of text, `'{a,0}'` or `array['a', '0']`: numbers are places in JSON arrays. Null: it is not constant. */
export function arraySteps(node: Node | undefined): readonly string[] | null {
  let inner = node
  for (let cast = as(inner, 'TypeCast'); cast !== null; cast = as(inner, 'TypeCast')) inner = cast.arg
  const array = as(inner, 'A_ArrayExpr')
  if (array !== null) return textSteps((array.elements ?? []).map(constantOf))
  const literal = constantOf(inner)
  if (typeof literal !== 'string') return null
  const braces = /^\s*\{([\s\S]*)\}\s*$/.exec(literal)
  if (braces === null) return null
  const elements = [...braces[1]!.matchAll(/\s*(?:"((?:[^"\\]|\\.)*)"|((?:[^",{}\\]|\\.)+))\s*(?:,|$)/gsu)]
  return textSteps(elements.map(([, quoted, plain]) => (quoted ?? plain!.trim()).replace(/\\(.)/gsu, '$1')))
}

/** Steps of constants in which the text of a number may be a place; null where one is not constant. */
export function textSteps(constants: readonly (string | number | null)[]): readonly string[] | null {
  const steps: string[] = []
  for (const constant of constants) {
    if (constant === null) return null
    const text = String(constant)
    steps.push(/^-?\d+$/.test(text) ? `[${text}]` : text)
  }
  return steps
}

/** Of an SQL/JSON path that does nothing but step into members and elements: `$.a[*]."b c"[0]`. Null: it does more. */
export function jsonPathSteps(text: string): readonly string[] | null {
  const steps: string[] = []
  let rest = text.trim().replace(/^(?:lax|strict)\s+/i, '')
  if (!rest.startsWith('$')) return null
  rest = rest.slice(1)
  while (rest.trim() !== '') {
    const step =
      /^\s*\.\s*(?:"((?:[^"\\]|\\.)*)"|([\p{L}_$][\p{L}\p{N}_$]*))(?!\s*\()|^\s*\[\s*(\*|\d+)\s*\]/u.exec(
        rest,
      )
    if (step === null) return null
    const [whole, quoted, plain, place] = step
    if (place !== undefined) steps.push(place === '*' ? '[]' : `[${place}]`)
    else steps.push((quoted ?? plain!).replace(/\\(.)/gu, '$1'))
    rest = rest.slice(whole.length)
  }
  return steps
}
