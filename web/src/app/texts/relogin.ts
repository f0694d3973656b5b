/** What is said when a session has ended. */
export const texts = {
  title: 'Your session has ended',
  about: 'Log in again to go on where you are. Nothing on this page is lost.',
  email: 'E-mail address',
  password: 'Password',
  logOut: 'Log out',
  logIn: 'Log in'
}
