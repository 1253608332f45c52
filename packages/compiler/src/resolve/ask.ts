import type { Answer, Question } from '@strata/core'
import { TemplateError } from '../template/index.ts'

/** A question with its answer, in the order in which a template asked. */
export interface Asked {
  readonly question: Question
  readonly answer: Answer
}

/** Thrown through a render that asks what has not been answered yet: answer it, and render again. */
export class AskSignal {
  readonly question: Question

  constructor(question: Question) {
    this.question = question
  }
}

/**
 * Answers the questions of one render from what was asked before, in order. A render is repeated until it asks nothing new,
 * which makes asking synchronous for templates while the database answers when it can.
 */
export function answering(asked: readonly Asked[]): (sql: string) => Answer {
  let next = 0
  return (sql) => {
    const known = asked[next++]
    if (known === undefined) throw new AskSignal({ sql })
    if (known.question.sql === sql) return known.answer
    throw new TemplateError('the template asks the database something else each time it is rendered', {
      code: 'UNSTABLE_QUESTION',
      hint: 'Keep random values and the current time out of the SQL given to run_query(); run_started_at stays the same.',
    })
  }
}
