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
  const isInline = (element: Element) =>
    element.tagName === 'A' &&
    getComputedStyle(element).display.startsWith('inline') &&
    !getComputedStyle(element).display.includes('flex')
  for (const element of document.querySelectorAll('a[href], button, input:not([type="hidden"]), select, summary')) {
    const box = (element.closest('label') ?? element).getBoundingClientRect()
    if (box.width === 0 || box.height === 0 || getComputedStyle(element).visibility === 'hidden') continue
    if (element.closest('dialog:not([open])') || box.right < 0 || box.bottom < 0) continue
    const label = element.id ? document.querySelector(`label[for="${element.id}"]`)?.getBoundingClientRect() : undefined
    const height = Math.max(
      box.height,
      label && element.matches('[type="radio"], [type="checkbox"]') ? label.height : 0,
    )
    const least = isInline(element) ? 24 : 44
    if (height < least - 0.5)
      found.push(
        `${element.tagName.toLowerCase()} "${(element.textContent ?? '').trim().slice(0, 30)}" is ${Math.round(height)} px high, not ${least}`,
      )
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
