import { expect, test } from 'vitest'
import { initialFiles } from './check-bundle.ts'

test('the first load is the entry with what it imports, not what it loads later', () => {
  const manifest = {
    'index.html': { file: 'main.js', isEntry: true, imports: ['_a.js'], dynamicImports: ['heavy.tsx'] },
    '_a.js': { file: 'a.js', imports: ['_b.js'] },
    '_b.js': { file: 'b.js', imports: ['_a.js'] },
    'heavy.tsx': { file: 'heavy.js', imports: ['_b.js'] },
  }
  expect(initialFiles(manifest)).toEqual(['main.js', 'a.js', 'b.js'])
})
