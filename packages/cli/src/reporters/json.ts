import type { Reporter, Terminal } from './reporter.ts'

/** One JSON event a line, on standard output. */
export function createJsonReporter(terminal: Terminal): Reporter {
  const line = (value: unknown) => terminal.out(JSON.stringify(value))
  return {
    start(heading, plan) {
      line({
        kind: 'heading',
        ...heading,
        steps: plan.steps.map(({ id, kind, intent, reason }) => ({ id, kind, intent, reason })),
      })
    },
    emit(event) {
      line(event)
    },
    finish() {},
    diagnostics(diagnostics) {
      for (const diagnostic of diagnostics) line({ kind: 'diagnostic', diagnostic })
    },
  }
}
