/** The alert rule that a path names, found in its project. */
import { uuid } from '../../schema/api/common.ts'
import { findRule, type StoredRule } from '../../services/alerts/rules.ts'
import { projectTarget, type ProjectTarget } from '../targets.ts'
import type { Target } from '../types.ts'

export type RuleTarget = ProjectTarget & { rule: StoredRule }

export const ruleTarget: Target<RuleTarget> = {
  params: { ...projectTarget.params, rule: uuid },
  find: async (sql, caller, params) => {
    const project = await projectTarget.find(sql, caller, params)
    const rule = project === null ? null : await findRule(sql, project.projectId, params.rule ?? '')
    return project === null || rule === null ? null : { ...project, rule }
  }
}
