/** Browsers make no element taller than 17 to 33 million pixels: above this the scroll bar is scaled. */
export const maxSheetPx = 12_000_000

/** How far down the view stands, when the sheet may be shorter than what it shows. */
export interface Scale {
  /** Height of the sheet in CSS pixels. */
  sheetPx: number
  /** From the scroll position to the height in the log. */
  toContent(scrollTop: number): number
  /** And back. */
  toScroll(contentTop: number): number
}

/** A scale for a log of `contentPx` in a view of `viewPx`; 1 : 1 while the sheet may be as tall as the log. */
export function scaleOf(contentPx: number, viewPx: number, maxPx: number = maxSheetPx): Scale {
  if (contentPx <= maxPx) return { sheetPx: contentPx, toContent: (top) => top, toScroll: (top) => top }
  const ratio = (contentPx - viewPx) / (maxPx - viewPx)
  return {
    sheetPx: maxPx,
    toContent: (top) => top * ratio,
    toScroll: (top) => top / ratio,
  }
}
