/** The look of a practice without a colour of its own. */
export const DEFAULT_BRAND = '#005e5d'

const HEX = /^#[0-9a-f]{6}$/i

/** True for `#rrggbb` on which the white words of a button can be read: WCAG 2.2 AA, at least 4.5 to 1. */
export function isBrandColour(colour: string): boolean {
  return HEX.test(colour) && contrastWithWhite(colour) >= 4.5
}

/** WCAG's contrast ratio of a colour with white: 1 to 21. */
export function contrastWithWhite(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at =>
    linear(Number.parseInt(colour.slice(at, at + 2), 16) / 255),
  )
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
}
