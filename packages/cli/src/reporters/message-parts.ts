/** One of the things that a job's message says, and what can be done about it. */
export interface MessagePart {
  readonly text: string
  readonly hint: string | null
}

/** Takes a job's message apart: `north: no such endpoint → check base_url; south: first load`. */
export function messageParts(message: string): readonly MessagePart[] {
  return message.split('; ').map((part) => {
    const at = part.indexOf(arrow)
    return at < 0
      ? { text: part, hint: null }
      : { text: part.slice(0, at), hint: part.slice(at + arrow.length) }
  })
}

/** The message without what to do, for a line. */
export function withoutHints(message: string): string {
  return message.includes(arrow)
    ? messageParts(message)
        .map(({ text }) => text)
        .join('; ')
    : message
}

const arrow = ' → '
