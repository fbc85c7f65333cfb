/** Scrolls a bar sideways until the item is in it. The page stays where it is, unlike by `scrollIntoView`. */
export function scrollBarTo(bar: HTMLElement | null | undefined, item: Element | null | undefined): void {
  if (!bar || !item) return
  const [outer, inner] = [bar.getBoundingClientRect(), item.getBoundingClientRect()]
  if (inner.left < outer.left) bar.scrollLeft -= outer.left - inner.left
  else if (inner.right > outer.right) bar.scrollLeft += inner.right - outer.right
}
