/** The people that events are about. */
import { http } from './client.ts'
import type { Person, PersonDetail, PersonList } from './types.ts'

export const persons = {
  get: (project: string, person: Person) => http.get<PersonDetail>(`/projects/${project}/person`, person),
  search: (project: string, query: string, limit: number, signal?: AbortSignal) =>
    http.get<PersonList>(`/projects/${project}/persons`, { query, limit }, signal),
  /** Everything that is kept of them, page after page, as lines of JSON. */
  async *export(project: string, person: Person): AsyncGenerator<string, void> {
    let { text, next } = await http.lines(`/projects/${project}/person/export`, person)
    yield text
    while (next !== null) {
      ;({ text, next } = await http.lines(next, {}))
      yield text
    }
  },
  erase: (project: string, person: Person) => http.post(`/projects/${project}/person/erase`, person)
}
