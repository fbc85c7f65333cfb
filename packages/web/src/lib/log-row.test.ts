import { expect, test } from 'vitest'
import { linkParts, sinceText } from './log-row.ts'

test('http and https addresses are links without what ends the sentence; nothing else is', () => {
  expect(linkParts('see https://example.com/a?b=1). done')).toEqual([
    { text: 'see ', href: null },
    { text: 'https://example.com/a?b=1', href: 'https://example.com/a?b=1' },
    { text: '). done', href: null },
  ])
  for (const text of ['javascript://alert(1)', 'file:///etc/passwd', 'ftp://x', 'https://', 'plain']) {
    expect(linkParts(text).every((part) => part.href === null)).toBe(true)
  }
})

test('the text of a line is all there, links or not', () => {
  const text = 'http://a.example http://[bad] x http://b.example'
  expect(
    linkParts(text)
      .map((part) => part.text)
      .join(''),
  ).toBe(text)
})

test('times since the start have three digits', () => {
  expect(sinceText(75_120)).toBe('+75.120 s')
  expect(sinceText(-5)).toBe('+0.000 s')
})
