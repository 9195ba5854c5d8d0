/** The build's folder, made first when there is none for these sources. */
export function currentBuild(): string
export function findBuild(): string | undefined
export function entryOf(build: string): string
