/** What features say alike. Their other words stand in their own texts. */
export const words = {
  cancel: 'Cancel',
  save: 'Save',
  saved: 'Saved.',
  cannotBeUndone: 'This cannot be undone.'
}
