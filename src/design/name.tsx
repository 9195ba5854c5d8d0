/** A person's name: isolated, so that a right-to-left name never turns the words around it. */
export function Name({ children }: { children: string }) {
  return <bdi>{children}</bdi>
}

/** One or two letters for the round picture beside a name. */
export function initials(name: string): string {
  const words = name.split(/\s+/u).filter(word => /\p{L}/u.test(word))
  const first = words[0]
  const last = words.length > 1 ? words.at(-1) : undefined
  return [first, last]
    .map(word => (word ? (/\p{L}/u.exec(word)?.[0] ?? '') : ''))
    .join('')
    .toLocaleUpperCase()
}
