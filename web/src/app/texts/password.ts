/** What is said where the password is asked for once more. */
export const texts = {
  title: 'Confirm your password',
  about: 'Your login is some time ago, and this is for you alone. You are asked once in 15 minutes.',
  password: 'Password',
  confirm: 'Confirm'
}
