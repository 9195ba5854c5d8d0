import type { Mutation } from './mutations.ts'

/** A change that no test can notice, because nothing changes by it that anybody could see; with the reason. */
type Living = Pick<Mutation, 'file' | 'context' | 'becomes'> & { readonly why: string }

export const living: readonly Living[] = []

export function isLiving({ file, context, becomes }: Mutation): boolean {
  return living.some(each => each.file === file && each.context === context && each.becomes === becomes)
}
