/** A failure of a source's instance, without the words that say whose it is: they stand before it already. */
export function withoutPlace(text: string, source: string, instance: string): string {
  const [of, at] = [source, instance].map((name) => name.replaceAll(/[^\w]/g, '\\$&'))
  return text.replace(new RegExp(`\\b${of}(?:\\.\\w+)? instance ${at}(?:: | )`), '')
}
