/** Red, green and blue, 0 to 255 each. */
export type Rgb = readonly [number, number, number]

/** What the log is drawn on; styles/log.css has the same. */
const paper: Record<'light' | 'dark', Rgb> = { light: [251, 251, 250], dark: [12, 13, 15] }
const enough = 4.6

/** The sixteen colours as terminals mean them, for where one of them meets a colour in figures. */
const sixteen: Rgb[] = [
  [0, 0, 0],
  [194, 54, 33],
  [37, 150, 60],
  [173, 142, 0],
  [40, 90, 210],
  [165, 60, 170],
  [20, 140, 155],
  [203, 204, 205],
  [110, 115, 122],
  [240, 90, 80],
  [70, 200, 110],
  [230, 200, 70],
  [110, 150, 255],
  [220, 130, 230],
  [90, 200, 215],
  [245, 246, 247],
]

/** Colour `index` of the 256: sixteen named, a cube of 6 x 6 x 6, 24 greys. */
export function colourOf256(index: number): Rgb {
  const named = sixteen[index]
  if (named) return named
  if (index >= 232) {
    const grey = 8 + (Math.min(index, 255) - 232) * 10
    return [grey, grey, grey]
  }
  const cube = Math.max(0, index - 16)
  const level = (n: number) => (n % 6 === 0 ? 0 : 55 + (n % 6) * 40)
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6)), level(cube)]
}

/** How far two colours stand apart, 1 to 21 (WCAG 2). */
export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0)
}

/** The colour moved towards black or white until it can be read on `ground`; its hue stays. */
export function readableOn(colour: Rgb, ground: Rgb): Rgb {
  const target = luminance(ground) > 0.18 ? 0 : 255
  let [red, green, blue] = colour
  for (let step = 0; step < 20 && contrast([red, green, blue], ground) < enough; step += 1) {
    const move = (part: number) => Math.round(part + (target - part) * 0.15)
    ;[red, green, blue] = [move(red), move(green), move(blue)]
  }
  const moved: Rgb = [red, green, blue]
  return contrast(moved, ground) >= enough ? moved : [target, target, target]
}

const known = new Map<string, { color?: string; backgroundColor?: string }>()

/**
 * The CSS of a foreground and a background in figures, readable in the light and in the dark scheme. Without a
 * background the text is drawn on the page's own.
 */
export function paint(
  foreground: Rgb | null,
  background: Rgb | null,
): { color?: string; backgroundColor?: string } {
  const key = `${foreground}|${background}`
  const found = known.get(key)
  if (found) return found
  if (known.size > 4000) known.clear()
  const made = background
    ? {
        color: css(
          readableOn(
            foreground ?? (luminance(background) > 0.18 ? [23, 24, 26] : [236, 237, 239]),
            background,
          ),
        ),
        backgroundColor: css(background),
      }
    : foreground
      ? {
          color: `light-dark(${css(readableOn(foreground, paper.light))}, ${css(readableOn(foreground, paper.dark))})`,
        }
      : {}
  known.set(key, made)
  return made
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`
}
