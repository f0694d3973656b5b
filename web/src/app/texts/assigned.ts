/** What is said when an issue was assigned to the user. */
export const texts = {
  one: (person: string, issue: string) => `${person} assigned ${issue} to you`,
  several: (person: string, issues: number) => `${person} assigned ${issues} issues to you`
}
