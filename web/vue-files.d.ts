/** For what imports the routes without Vue's own compiler: a page is a component, and no more is known of it. */
declare module '*.vue' {
  import type { Component } from 'vue'
  const component: Component
  export default component
}
