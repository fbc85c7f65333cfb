/** What people and programs write into a field one day: a long sentence, no place to break, another direction. */
const samples = [
  'Bring the greeting of returning visitors, their chosen language and the time of day together in one module, and say in the log which of them decided',
  `unbroken_${'identifier_without_any_place_to_break_'.repeat(4)}end`,
  'رحّب بالزائرين بأسمائهم في الصفحة الأولى ثم اعرض المجموع (v2.1-beta) أسفل القائمة',
  '「挨拶」を利用者の言語に合わせて表示し、一覧の下に合計を出す。テストは緑のままにする。',
]

/** Fields that hold words of people, agents and repositories; names of states and ids stay as they are. */
const wordy = new Set([
  'title',
  'name',
  'text',
  'reason',
  'detail',
  'summary',
  'label',
  'environment',
  'command',
  'host',
  'message',
  'hint',
  'ref',
  'email',
  'headBranch',
  'failingStep',
  'currentStep',
  'userAgent',
  'how',
  'goal',
])

/** The same answer with words that are long, do not break, or run from right to left. */
export function lengthened(value: unknown, at = { count: 0 }): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => lengthened(each, at))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, of]: [string, unknown]) => {
      if (!wordy.has(key) || typeof of !== 'string' || of === '') return [key, lengthened(of, at)]
      at.count += 1
      return [key, samples[at.count % samples.length]]
    }),
  )
}

const manyItems = 200

/** The same answer with each of its lists of objects drawn out to 200. */
export function multiplied(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? value : drawnOut(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, of]: [string, unknown]) => [
      key,
      key === 'items' || key === 'waiting' || key === 'annotations' || key === 'workers'
        ? multiplied(of)
        : of,
    ]),
  )
}

function drawnOut(list: unknown[]): unknown[] {
  return Array.from({ length: manyItems }, (_, index) => {
    const each = list[index % list.length]
    if (index < list.length || typeof each !== 'object' || each === null) return each
    const id = Reflect.get(each, 'id')
    const slug = Reflect.get(each, 'slug')
    const name = Reflect.get(each, 'name')
    return {
      ...each,
      ...(typeof id === 'number' ? { id: id + index * 1000 } : {}),
      ...(typeof id === 'string'
        ? { id: `${id.slice(0, 9)}${String(index).padStart(4, '0')}${id.slice(13)}` }
        : {}),
      ...(typeof slug === 'string' ? { slug: `${slug}-${index}` } : {}),
      ...(typeof name === 'string' ? { name: `${name} ${index}` } : {}),
    }
  })
}
