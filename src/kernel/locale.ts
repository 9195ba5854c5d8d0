/** The languages that people read Portico in. */
export type Locale = 'en' | 'es'
