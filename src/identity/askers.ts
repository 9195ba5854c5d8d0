/** Who stands at a door, as far as a door can tell: a network address, the wider network around it, and the browser's own cookie. */
export type Asker = { readonly address: string; readonly network: string; readonly session: string | undefined }

/** Somebody of whom nothing is known but that they are here: commands, tests and the demo. */
export const NOBODY: Asker = { address: 'here', network: 'here', session: undefined }
