/** Alerts and rules of the project, and what can be done to them. The stream has the lists asked for again. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { alerts } from '../../api/alerts.ts'
import { keys } from '../../api/keys.ts'
import type { AlertStatus, NewRuleBody, Page, Rule } from '../../api/types.ts'
import type { Action } from './words/alertWords.ts'
import { showError, showToast } from '../../lib/toasts.ts'
import { useProject } from '../../lib/workspace.ts'
import { texts } from './texts.ts'

export function useAlertList(status: AlertStatus | null) {
  const project = useProject()
  const filter = { list: 'all', ...(status === null ? {} : { status }) }
  const query = useInfiniteQuery({
    queryKey: computed(() => keys.alerts(project.value.id, filter)),
    queryFn: ({ pageParam }) => alerts.list(project.value.id, { status, cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor
  })
  return { ...query, rows: computed(() => query.data.value?.pages.flatMap(page => page.data) ?? []) }
}

export function useRules() {
  const project = useProject()
  return useQuery({
    queryKey: computed(() => keys.rules(project.value.id)),
    queryFn: async () => await allRules(project.value.id)
  })
}

async function allRules(project: string): Promise<Rule[]> {
  const found: Rule[] = []
  let cursor: string | undefined
  do {
    const page: Page<Rule> = await alerts.rules(project, cursor)
    found.push(...page.data)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return found
}

export function useAlertChanges() {
  const project = useProject()
  const client = useQueryClient()
  const onSettled = () => client.invalidateQueries({ queryKey: keys.alertLists(project.value.id) })
  const acknowledge = useMutation({
    mutationFn: alerts.acknowledge,
    onSettled,
    onError: error => showError(error, texts.row.notAcknowledged)
  })
  const resolve = useMutation({
    mutationFn: alerts.resolve,
    onSettled,
    onError: error => showError(error, texts.row.notResolved)
  })
  /** All that are open, as often as there are more than one request changes. */
  const all = useMutation({
    mutationFn: async (act: 'acknowledge' | 'resolve') => {
      let count = 0
      for (let more = true; more;) {
        const answer = await alerts.bulk(project.value.id, act)
        count += answer.changed
        more = answer.more
      }
      return count
    },
    onSettled,
    onSuccess: (count, act) =>
      showToast({ tone: 'ok', text: act === 'resolve' ? texts.list.resolved(count) : texts.list.acknowledged(count) }),
    onError: error => showError(error, texts.list.notAll)
  })
  return { acknowledge, resolve, all }
}

/** What an action would send; nothing is sent. */
export function usePreview() {
  const project = useProject()
  return useMutation({ mutationFn: (action: Action) => alerts.preview(project.value.id, action) })
}

export function useRuleChanges() {
  const project = useProject()
  const client = useQueryClient()
  const again = () => client.invalidateQueries({ queryKey: keys.rules(project.value.id) })
  const patch = (change: (rules: Rule[]) => Rule[]) =>
    client.setQueryData<Rule[]>(keys.rules(project.value.id), rules => (rules === undefined ? rules : change(rules)))

  const save = useMutation({
    mutationFn: ({ id, body }: { id: string | null; body: NewRuleBody }) =>
      id === null ? alerts.createRule(project.value.id, body) : alerts.changeRule(project.value.id, id, body),
    onSuccess: async rule => {
      patch(rules =>
        rules.some(({ id }) => id === rule.id) ? rules.map(one => (one.id === rule.id ? rule : one)) : [rule, ...rules]
      )
      await again()
    }
  })
  const enable = useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) =>
      alerts.changeRule(project.value.id, id, { enabled }),
    onMutate: ({ id, enabled }) => {
      patch(rules => rules.map(rule => (rule.id === id ? { ...rule, enabled } : rule)))
    },
    onError: (error, { id, enabled }) => {
      patch(rules => rules.map(rule => (rule.id === id ? { ...rule, enabled: !enabled } : rule)))
      showError(error, texts.rules.notChanged)
    }
  })
  const remove = useMutation({
    mutationFn: ({ id }: Rule) => alerts.deleteRule(project.value.id, id),
    onSuccess: (_, rule) => {
      patch(rules => rules.filter(({ id }) => id !== rule.id))
      showToast({ tone: 'ok', text: texts.rules.deleted(rule.name) })
    }
  })
  const test = useMutation({ mutationFn: ({ id }: Rule) => alerts.testRule(project.value.id, id), onSettled: again })
  const ask = useMutation({
    mutationFn: ({ id, email }: { id: string; email: string }) => alerts.askRecipient(project.value.id, id, email),
    onSuccess: ({ email }) => {
      showToast({ tone: 'ok', text: texts.recipients.wasAsked(email) })
    },
    onError: error => showError(error, texts.recipients.notSent),
    onSettled: again
  })
  return { save, enable, remove, test, ask }
}
