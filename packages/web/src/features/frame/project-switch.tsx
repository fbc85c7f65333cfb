import { Combobox, useCombobox } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useLayoutEffect, useState } from 'react'
import { matches } from '../../lib/match.ts'
import { queries } from '../../lib/queries.ts'

const shownAtMost = 50

/** Narrows every list to one project; typing finds it among many. */
export function ProjectSwitch({ project }: { project: string | undefined }) {
  const projects = useQuery(queries.projects())
  const navigate = useNavigate()
  const [search, setSearch] = useState('')
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption()
      setSearch('')
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  })
  // After the list is drawn anew: before, the first option is that of the list before.
  const { selectFirstOption } = combobox
  useLayoutEffect(() => {
    if (search) selectFirstOption()
  }, [search, selectFirstOption])
  const all = projects.data ?? []
  const found = all.filter((each) => matches(search, each.name, each.slug))
  const name = all.find((each) => each.slug === project)?.name ?? project ?? 'All projects'
  function choose(slug: string) {
    combobox.closeDropdown()
    void navigate(slug ? { to: '/changes', search: { project: slug } } : { to: '/' })
  }
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={choose}
      width={280}
      position="bottom-start"
      withinPortal
      transitionProps={{ duration: 0 }}
    >
      <Combobox.Target withAriaAttributes={false}>
        <button
          type="button"
          className="select switch"
          aria-haspopup="listbox"
          aria-expanded={combobox.dropdownOpened}
          aria-label={`Project: ${name}`}
          onClick={() => combobox.toggleDropdown()}
          data-testid="project-switch"
        >
          <span className="grow cut">{name}</span>
          <span aria-hidden="true">▾</span>
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          aria-label="Find a project"
          placeholder="Find a project"
          onChange={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            // The list hangs at the end of the document: from there Tab would leave the page.
            if (event.key !== 'Tab') return
            event.preventDefault()
            combobox.closeDropdown()
            document.querySelector<HTMLElement>('[data-testid="project-switch"]')?.focus()
          }}
        />
        <Combobox.Options mah={320} style={{ overflowY: 'auto' }} aria-label="Projects">
          {search ? null : (
            <Combobox.Option value="" active={project === undefined}>
              All projects
            </Combobox.Option>
          )}
          {found.slice(0, shownAtMost).map((each) => (
            <Combobox.Option key={each.id} value={each.slug} active={each.slug === project}>
              <span className="row">
                <span className="grow cut">{each.name}</span>
                <span className="muted">{each.openChanges > 0 ? `${each.openChanges} open` : null}</span>
              </span>
            </Combobox.Option>
          ))}
          {found.length > shownAtMost ? (
            <Combobox.Empty>{found.length - shownAtMost} more; type to find them</Combobox.Empty>
          ) : null}
          {found.length === 0 ? <Combobox.Empty>No project by that name</Combobox.Empty> : null}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}
