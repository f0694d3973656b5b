import { expect, test } from 'vitest'
import type { Member, Role } from '../../api/types.ts'
import { lastOwner, whyNoOtherRole, whyNotRemoved } from './memberRules.ts'

const member = (id: string, role: Role): Member => ({
  user_id: id,
  role,
  email: `${id}@example.com`,
  name: '',
  created_at: '2026-01-01T00:00:00.000Z'
})
const owner = member('olga', 'owner')
const admin = member('adam', 'admin')
const plain = member('mia', 'member')

test('the last owner keeps the role and stays, no matter who asks', () => {
  expect(whyNoOtherRole(owner, 'owner', [owner, admin])).toBe(lastOwner)
  expect(whyNotRemoved(owner, { id: 'olga', role: 'owner' }, [owner, admin])).toBe(lastOwner)
  const second = member('otto', 'owner')
  expect(whyNoOtherRole(owner, 'owner', [owner, second])).toBe('')
  expect(whyNotRemoved(owner, { id: 'olga', role: 'owner' }, [owner, second])).toBe('')
})

test('nobody touches a role above their own', () => {
  const members = [owner, member('otto', 'owner'), admin, plain]
  expect(whyNoOtherRole(owner, 'admin', members)).toMatch(/above their own/)
  expect(whyNotRemoved(owner, { id: 'adam', role: 'admin' }, members)).toMatch(/above their own/)
  expect(whyNoOtherRole(plain, 'admin', members)).toBe('')
})

test('members change nobody, and may leave', () => {
  expect(whyNoOtherRole(plain, 'member', [owner, plain])).toMatch(/Only admins/)
  expect(whyNotRemoved(admin, { id: 'mia', role: 'member' }, [owner, admin, plain])).toMatch(/Only admins/)
  expect(whyNotRemoved(plain, { id: 'mia', role: 'member' }, [owner, plain])).toBe('')
})
