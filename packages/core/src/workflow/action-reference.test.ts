import { expect, it } from 'vitest'
import {
  actionReference,
  isCommitId,
  isOwn,
  ownReference,
  referenceKey,
  repositoryOf,
  withinRepository,
} from './action-reference.ts'

it('understands a folder of the own repository, and what that is within another one', () => {
  const reference = ownReference('$/.github/actions/build/')
  expect(reference).toMatchObject({ path: '.github/actions/build' })
  expect(reference && isOwn(reference)).toBe(true)
  expect(reference && repositoryOf(reference)).toBe('$')
  expect(ownReference('$/')).toMatchObject({ path: '' })
  for (const uses of ['$', './x', '$/../x', '$/a//b', '$/.GIT/x', '$/a@v1', 'a/b@v1']) {
    expect(ownReference(uses)).toBeUndefined()
  }
  const other = actionReference('Team/Tools/a@v1')
  expect(other && withinRepository('$/b/c', other)).toBe('Team/Tools/b/c@v1')
  expect(other && withinRepository('$/', other)).toBe('Team/Tools@v1')
  expect(other && withinRepository('./b', other)).toBe('./b')
})

it('understands an action of a repository, of a folder in it and of another host', () => {
  expect(actionReference('actions/checkout@v4')).toEqual({
    owner: 'actions',
    repo: 'checkout',
    path: '',
    ref: 'v4',
  })
  expect(actionReference('team/tools/build/js@releases/v1')).toMatchObject({
    path: 'build/js',
    ref: 'releases/v1',
  })
  expect(actionReference('team/tools/build/@main')).toMatchObject({ path: 'build' })
  const other = actionReference('https://git.example.org:8443/Team/Tools/a@v1')
  expect(other).toEqual({
    host: 'https://git.example.org:8443',
    owner: 'Team',
    repo: 'Tools',
    path: 'a',
    ref: 'v1',
  })
  expect(other && repositoryOf(other)).toBe('https://git.example.org:8443/Team/Tools')
  expect(other && referenceKey(other)).toBe('https://git.example.org:8443/team/tools@v1')
})

it.each([
  'checkout@v4',
  'actions/checkout',
  'actions/checkout@',
  'actions/../x@v1',
  'a/b/../c@v1',
  'a/b//c@v1',
  'a/b/.git@v1',
  '-a/b@v1',
  'a/b@--upload-pack=x',
  'a/b@v1..v2',
  'a/b@x y',
  'a/b@/v1',
  'a/b@v1.lock',
  'a/b@a@{1}',
  'file:///etc/a/b@v1',
  'https://user:secret@host/a/b@v1',
  './a@v1',
])('%s is none', (uses) => {
  expect(actionReference(uses)).toBeUndefined()
})

it('knows a whole commit id from a short one and from a tag', () => {
  expect(isCommitId('a'.repeat(40))).toBe(true)
  expect(isCommitId('a'.repeat(64))).toBe(true)
  expect(isCommitId('a'.repeat(7))).toBe(false)
  expect(isCommitId('A'.repeat(40))).toBe(false)
})
