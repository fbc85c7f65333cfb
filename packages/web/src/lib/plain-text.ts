/** Whether Markdown would show the text as it is written, so that nothing need be loaded for it. */
export function isPlain(text: string): boolean {
  return !/[*_`#>|~[\]\\<&]|\n|https?:|www\.|@|^\s*(?:[-+]|\d+[.)])\s|^-{3}/.test(text)
}
