import { dict, hostFunction, hostObject, type Value } from '../template/index.ts'
import type { AdapterHost } from './adapter-host.ts'
import { methodValue } from './adapter-method.ts'
import { relationClass } from './api-value.ts'
import { bindArguments, optionalText, requiredText } from './bind-arguments.ts'
import { queryMethods } from './query-methods.ts'
import { relationMethods } from './relation-methods.ts'

const methods = new Map(Object.entries({ ...relationMethods, ...queryMethods }))

/** `adapter`: what templates may ask of the database, and do to it. */
export function adapterValue(host: AdapterHost): Value {
  const dispatch = hostFunction('dispatch', (args) => {
    const [name, namespace] = bindArguments(args, 'adapter.dispatch', ['macro_name', 'macro_namespace'], 1)
    return host.dispatch(requiredText(name, 'adapter.dispatch', 'macro_name'), optionalText(namespace), args)
  })
  return hostObject({
    type: 'adapter',
    attributes: { dispatch, Relation: relationClass, config, behavior: behavior(host) },
    attribute(name) {
      const method = methods.get(name)
      return method === undefined ? undefined : methodValue(host, name, method)
    },
    names: () => methods.keys(),
  })
}

/** `adapter.config.quoting.schema`: every name is quoted. */
const config = hostObject({
  type: 'adapter.config',
  attributes: {
    quoting: dict([
      ['database', true],
      ['schema', true],
      ['identifier', true],
    ]),
    flags: dict(),
  },
})

/** `adapter.behavior.some_flag.no_warn` */
function behavior(host: AdapterHost): Value {
  return hostObject({
    type: 'adapter.behavior',
    attribute(name) {
      const on = host.behavior?.(name) ?? false
      return hostObject({ type: 'flag', attributes: { no_warn: on, setting: on }, truthy: () => on })
    },
  })
}
