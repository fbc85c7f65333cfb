/** Newest validations, oldest first: tall green bars and short red ones; the share in words. */
export function Sparkline({ results }: { results: boolean[] }) {
  if (results.length === 0) return <span className="faint">none yet</span>
  const green = results.filter(Boolean).length
  return (
    <div className="row">
      <span className="spark" role="img" aria-label={`${green} of ${results.length} validations green`}>
        {results.slice(-16).map((ok, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a result has nothing else to be known by
          <i key={index} className={ok ? 'is-green' : 'is-red'} />
        ))}
      </span>
      <span>{Math.round((green / results.length) * 100)} %</span>
    </div>
  )
}
