/** What a message of the `yaml` library means to the author of the file, and what to do. */
export function explainYamlError(message: string): { readonly text: string; readonly hint: string } {
  const because = (hint: string, text = message) => ({ text, hint })
  if (/multiple documents/i.test(message))
    return because(
      'Keep one document a file: remove the second "---".',
      'the file holds several YAML documents',
    )
  const alias = /^Unresolved alias.*: (\S+)$/.exec(message)?.[1]
  if (alias !== undefined)
    return because(
      `Write &${alias} before the value that it stands for, or put the value in quotes.`,
      `there is no anchor "${alias}" before this place`,
    )
  if (/holds its own alias/.test(message)) return because('Write the inner value out, without an alias.')
  if (/^Merge sources/.test(message))
    return because('Let *name stand for a mapping, or for a list of mappings.', '"<<:" takes mappings alone')
  if (/^Excessive alias/.test(message))
    return because(
      'Write the values out: each alias of an alias multiplies them.',
      'too many values by aliases',
    )
  if (/^Nested mappings/.test(message))
    return because(
      'Indent the next line as its neighbours are, or put a value that holds ": " in quotes.',
      'a mapping begins inside of a value',
    )
  const closing = /end with a ([\]}])$/.exec(message)?.[1] ?? /^Missing closing (["'])/.exec(message)?.[1]
  if (closing !== undefined) {
    const opening = { ']': '[', '}': '{' }[closing] ?? closing
    const kind = opening === closing ? 'quote' : 'bracket'
    const template = opening === '{' ? '; a template `{{ … }}` needs quotes' : ''
    return because(
      kind === 'quote'
        ? `Close the quote with ${closing}.`
        : `Close the bracket with ${closing}, or put the whole value in quotes${template}.`,
      `the ${kind} ${opening} that begins here is never closed`,
    )
  }
  const item = /^Sequence item without - indicator$/.test(message)
  if (item)
    return because(
      'Begin the line with "- ", or indent it as far as the entry that it belongs to.',
      'a line of a list begins with no dash',
    )
  const first = /^Plain value cannot start with .* character (.+)$/.exec(message)?.[1]
  if (first !== undefined) return because('Put the value in quotes.', `a value cannot begin with ${first}`)
  const tag = /^Unresolved tag: (.*)$/.exec(message)?.[1]
  if (tag !== undefined)
    return because('Remove the word that begins with "!".', `the tag ${tag} is not known, and is ignored`)
  if (/tab/i.test(message)) return because('Indent with spaces; YAML does not allow tabs.')
  if (/indent|same column|implicit/i.test(message) && !/end with/.test(message))
    return because('Check the indentation of this line against its neighbours.')
  if (/quote|flow|bracket|brace|}|]/i.test(message))
    return because('Close the quote or bracket, or put the value in quotes; a template `{{ … }}` needs them.')
  return because(
    'Check the line and the one before it: indentation, a missing colon, or a value that needs quotes.',
  )
}
