/** A setting that cannot be used; its message says which one, what was found and what to do. */
export class SettingError extends Error {}
