import type { Json } from '@strata/core'

/** What `env_var()` and `var()` answer in a packages file. */
export interface Variables {
  readonly vars: { readonly [name: string]: Json }
  /** undefined: not set; `forbidden`: not for templates. */
  environmentVariable(name: string): string | undefined | 'forbidden'
}

export type Rendered =
  | { readonly text: string; readonly variables: readonly string[] }
  | { readonly problem: string; readonly hint: string }

const call = /^\s*(env_var|var)\(\s*('[^']*'|"[^"]*")\s*(?:,\s*('[^']*'|"[^"]*"|-?[\d.]+)\s*)?\)\s*$/

/** Fills in the `{{ env_var('…') }}` and `{{ var('…') }}` of a value; a packages file knows no other template. */
export function renderValue(text: string, variables: Variables): Rendered {
  const used: string[] = []
  let problem: Extract<Rendered, { problem: string }> | null = null
  const rendered = text.replace(/\{\{(.*?)\}\}/gs, (whole, inside: string) => {
    const match = call.exec(inside)
    if (match === null) {
      problem ??= {
        problem: `${whole} cannot be read here`,
        hint: "Only {{ env_var('NAME', 'default') }} and {{ var('name', 'default') }} work in a packages file.",
      }
      return ''
    }
    const name = match[2]!.slice(1, -1)
    const fallback = match[3]?.replace(/^(['"])(.*)\1$/s, '$2')
    if (match[1] === 'env_var') used.push(name)
    const value = match[1] === 'var' ? asText(variables.vars[name]) : variables.environmentVariable(name)
    if (value === 'forbidden' && match[1] === 'env_var') {
      problem ??= {
        problem: `the variable ${name} is not for templates`,
        hint: `Give it a name that begins with DBT_ or STRATA_, or list it under environment: in the project file.`,
      }
      return ''
    }
    const found = value ?? fallback
    if (found === undefined) {
      problem ??= {
        problem: `${match[1]} ${name} is not set`,
        hint:
          match[1] === 'var'
            ? `Give it: --vars '{${name}: …}', or a default: var('${name}', '…').`
            : `Set it in the environment or in .env, or give a default: env_var('${name}', '…').`,
      }
      return ''
    }
    return found
  })
  if (problem === null && /\{%|\{#|\{\{/.test(text.replace(/\{\{.*?\}\}/gs, ''))) {
    problem = {
      problem: 'the template in this value is not closed, or is of a kind that a packages file does not know',
      hint: "Only {{ env_var('NAME', 'default') }} and {{ var('name', 'default') }} work in a packages file.",
    }
  }
  return problem ?? { text: rendered, variables: used }
}

function asText(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
