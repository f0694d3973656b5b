/** What is said when the server takes another address for its own than the browser does. */
export const texts = {
  wrong: (here: string, taken: string) =>
    `This page is at ${here}, but Mesher takes ${taken} for its address: it refuses changes and the live connection. ` +
    `Set \`MESHER_PUBLIC_URL=${here}\` on the server and start it again.`
}
