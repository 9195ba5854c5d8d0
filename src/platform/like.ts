/** The pattern for `like` and `ilike` of texts that contain these words, whatever letters they have. */
export function contains(words: string): string {
  return `%${words.replace(/[\\%_]/g, '\\$&')}%`
}
