import type { ProjectSources } from '../read-project.ts'
import { type Macro, TemplateError, type Value } from '../template/index.ts'
import { builtinPackage, type Macros } from './macros.ts'

/** `postgres__name` before `default__name`. */
const prefixes = ['postgres', 'default']

/** `adapter.dispatch(name, namespace)`: the macro that a project may have put before the one of the package. */
export function createDispatch(
  sources: ProjectSources,
  macros: Macros,
): (packageName: string, name: string, namespace: string | null) => Value {
  const rootName = sources.project.name
  const known = new Set([
    builtinPackage,
    'dbt_postgres',
    rootName,
    ...sources.packages.map((one) => one.project.name),
  ])
  const orders = new Map(
    sources.project.dispatch.map(({ macroNamespace, searchOrder }) => [macroNamespace, searchOrder]),
  )
  const packagesOf = (namespace: string | null): readonly (string | null)[] => {
    if (namespace === null) return [null]
    const order = orders.get(namespace)
    if (order !== undefined && order.length > 0) return order
    return known.has(namespace) ? [...new Set([rootName, namespace])] : [null]
  }

  return (packageName, name, namespace) => {
    if (name.includes('.')) {
      const [owner, macro] = name.split('.')
      throw new TemplateError(`adapter.dispatch() takes the name and the package apart`, {
        code: 'TEMPLATE_ARGUMENTS',
        hint: `Write adapter.dispatch('${macro}', '${owner}').`,
      })
    }
    const tried: string[] = []
    for (const place of packagesOf(namespace)) {
      for (const prefix of prefixes) {
        const candidate = `${prefix}__${name}`
        const macro: Macro | undefined =
          place === null
            ? (macros.find(packageName, candidate) ?? macros.findBuiltin(candidate))
            : macros.findIn(place, candidate)
        if (macro !== undefined) return macro
        tried.push(place === null ? candidate : `${place}.${candidate}`)
      }
    }
    throw new TemplateError(`no macro "${name}" can be dispatched to`, {
      code: 'NO_DISPATCH',
      hint:
        macros.suggest(packageName, name, 'default__') ??
        `Searched for ${tried.map((one) => `"${one}"`).join(', ')}.`,
    })
  }
}
