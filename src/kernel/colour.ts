/** WCAG 2.2 AA: the least contrast of a button's white words with its colour. */
export const LEAST_CONTRAST = 4.5

/** `oklch(L C h)` as the `#rrggbb` that mails and PDFs know (CSS Color 4, section 18: OKLCH to sRGB, clipped). */
export function hexOf(oklch: string): string {
  return `#${linearOf(oklch)
    .map(part => Math.round(255 * gamma(part)))
    .map(part => part.toString(16).padStart(2, '0'))
    .join('')}`
}

/** WCAG's contrast ratio of an `oklch(…)` colour with white: 1 to 21. */
export function contrastWithWhite(oklch: string): number {
  const [red, green, blue] = linearOf(oklch)
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
}

function linearOf(oklch: string): [red: number, green: number, blue: number] {
  const [l = 0, c = 0, h = 0] = (oklch.match(/[\d.]+/g) ?? []).map(Number)
  const a = c * Math.cos((h * Math.PI) / 180)
  const b = c * Math.sin((h * Math.PI) / 180)
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    inGamut(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
    inGamut(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
    inGamut(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short),
  ]
}

function inGamut(part: number): number {
  return Math.min(1, Math.max(0, part))
}

function gamma(part: number): number {
  return part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055
}
