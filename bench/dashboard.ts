import { openBrowser } from '@signalbox/testing/browser.ts'
import { startPlatform } from '@signalbox/testing/platform.ts'
import { type BenchResult, least, median, ms, round } from './figures.ts'

const loads = 7
const scriptLimitKb = 300

/** The first load of the dashboard by a browser that has nothing of it yet, beside a bare page of the same server. */
export async function dashboard(): Promise<BenchResult> {
  const platform = await startPlatform()
  const browser = await openBrowser()
  try {
    const first = await browser.newContext()
    const page = await first.newPage()
    await page.goto(platform.url)
    await page.waitForFunction(() => !location.hash.includes('token'))
    const state = await first.storageState()
    await first.close()
    const usable: number[] = []
    const bare: number[] = []
    let scriptBytes = 0
    for (let load = 0; load < loads; load++) {
      // A new context has an empty cache; only the sign-in is kept.
      const context = await browser.newContext({ storageState: state })
      const fresh = await context.newPage()
      // Sizes are known some time after the answer: whoever adds them up at once misses most of them.
      const sizes: Promise<number>[] = []
      fresh.on('requestfinished', (request) => {
        if (request.resourceType() !== 'script') return
        sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize))
      })
      const origin = new URL(platform.url).origin
      const bareAt = performance.now()
      await fresh.goto(`${origin}/health`)
      bare.push(performance.now() - bareAt)
      const at = performance.now()
      await fresh.goto(origin)
      await fresh.getByTestId('project-card').first().waitFor()
      usable.push(performance.now() - at)
      await fresh.waitForLoadState('networkidle')
      scriptBytes = (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0)
      await context.close()
    }
    const scriptKb = scriptBytes / 1000
    return {
      table: [
        ['', 'least', 'median'],
        ['navigation to the project cards', ms(least(usable)), ms(median(usable))],
        ['navigation to a bare answer', ms(least(bare)), ms(median(bare))],
        ['script as sent', `${round(scriptKb)} kB`, ''],
      ],
      figures: {
        usableMs: median(usable),
        usableLeastMs: least(usable),
        bareMs: median(bare),
        ratio: median(usable) / median(bare),
        scriptKb,
      },
      targets: [
        { what: `usable after ${ms(median(usable))}, under 1 s`, holds: median(usable) < 1000 },
        {
          what: `${round(scriptKb)} kB of script, under ${scriptLimitKb} kB`,
          holds: scriptKb > 0 && scriptKb < scriptLimitKb,
        },
      ],
    }
  } finally {
    await browser.close()
    await platform.destroy()
  }
}
