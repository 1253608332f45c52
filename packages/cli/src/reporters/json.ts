import type { Event, NodeId } from '@strata/core'
import { paceOf } from './pace.ts'
import type { Reporter, Terminal } from './reporter.ts'

/** One JSON event a line, on standard output. Of jobs they say how fast records come, and how long it will take. */
export function createJsonReporter(terminal: Terminal, now: () => number): Reporter {
  const line = (value: unknown) => terminal.out(JSON.stringify(value))
  const startedAt = new Map<NodeId, number>()

  function paced(event: Event): object {
    if (event.kind === 'step_started' && event.stepKind === 'job') startedAt.set(event.id, now())
    if (event.kind === 'step_progress') {
      const since = startedAt.get(event.id)
      const pace = since === undefined ? null : paceOf(event.counts, event.expected ?? null, now() - since)
      return { ...event, ...pace }
    }
    if (event.kind === 'step_finished' && startedAt.delete(event.result.id)) {
      const pace = paceOf(event.result.counts, null, event.result.milliseconds)
      return pace === null ? event : { ...event, perSecond: pace.perSecond }
    }
    return event
  }

  return {
    start(heading, plan) {
      line({
        kind: 'heading',
        ...heading,
        steps: plan.steps.map(({ id, kind, intent, reason }) => ({ id, kind, intent, reason })),
      })
    },
    emit(event) {
      line(paced(event))
    },
    finish() {},
    diagnostics(diagnostics) {
      for (const diagnostic of diagnostics) line({ kind: 'diagnostic', diagnostic })
    },
  }
}
