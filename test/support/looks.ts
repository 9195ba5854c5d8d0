import type { Page } from 'playwright-core'

/** What is wrong with how a page lies on its screen: nothing, on a good one. */
export async function crooked(page: Page, { taps }: { taps: boolean }): Promise<string[]> {
  return page.evaluate(`(${String(lookAround)})(${taps})`) as Promise<string[]>
}

/** Runs in the page, so it uses nothing from around it. */
function lookAround(taps: boolean): string[] {
  const found: string[] = []
  const root = document.documentElement
  if (root.scrollWidth > root.clientWidth) found.push(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`)
  if (!taps) return found
  for (const element of document.querySelectorAll('a[href], button, input:not([type="hidden"]), select, summary')) {
    const own = element.getBoundingClientRect()
    if (own.width === 0 || own.height === 0 || own.right < 0 || own.bottom < 0) continue
    if (element.closest('dialog:not([open])') || getComputedStyle(element).visibility === 'hidden') continue
    // A choice is pressed anywhere on its card, a box on its label.
    const label =
      element.matches('[type="radio"], [type="checkbox"]') && document.querySelector(`label[for="${element.id}"]`)
    const target = label ? (label.closest('.choice') ?? label) : element
    const { height } = target.getBoundingClientRect()
    const isPlainLink = element.tagName === 'A' && !element.matches('.button, nav a')
    const least = isPlainLink ? 24 : 44
    const text = (element.textContent ?? '').trim().slice(0, 30) || (element.getAttribute('name') ?? '')
    if (height < least - 0.5) found.push(`${element.tagName} "${text}" is ${Math.round(height)} px high, not ${least}`)
  }
  return found
}

/** Whether somebody who goes on with the keyboard can see where they are. */
export async function focusIsSeen(page: Page): Promise<boolean> {
  await page.keyboard.press('Tab')
  return page.evaluate(() => {
    const element = document.activeElement
    if (!element || element === document.body) return false
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
  })
}
