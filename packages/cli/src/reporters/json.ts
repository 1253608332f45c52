import type { Event, NodeId } from '@strata/core'
import { paceOf } from './pace.ts'
import { createPaceMeter, type PaceMeter } from './pace-meter.ts'
import type { Reporter, Terminal } from './reporter.ts'

/** One JSON event a line, on standard output. Of jobs they say how fast records come, and how long it will take. */
export function createJsonReporter(terminal: Terminal, now: () => number): Reporter {
  const line = (value: unknown) => terminal.out(JSON.stringify(value))
  const meters = new Map<NodeId, PaceMeter>()

  function paced(event: Event): object {
    if (event.kind === 'step_started' && event.stepKind === 'job') meters.set(event.id, createPaceMeter(now))
    if (event.kind === 'step_progress') {
      const meter = meters.get(event.id)
      meter?.take(event.counts)
      return { ...event, ...meter?.pace(event.expected ?? null) }
    }
    if (event.kind === 'step_finished' && meters.delete(event.result.id)) {
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
