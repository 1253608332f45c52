import { instanceNameOf, pathBelow } from '../http/simulated-request.ts'
import type { Effects } from './effect.ts'

/** Changes from outside just before a request is answered. */
export const mutate: Effects<'mutate'> = {
  mutate: ({ edits }) => ({
    before(request, simulator) {
      const instance = simulator.instances.find(({ name }) => name === instanceNameOf(request))
      for (const edit of edits) {
        simulator.apply({
          ...edit,
          entity: edit.entity ?? pathBelow(request),
          instance: edit.instance ?? instance?.id ?? simulator.instances[0]!.id,
        })
      }
      return null
    },
  }),
}
