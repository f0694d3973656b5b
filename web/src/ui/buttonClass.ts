/** What a button looks like, for links that look like one too. */
export type ButtonVariant = 'primary' | 'plain' | 'ghost' | 'danger'
export type ButtonSize = 'sm' | 'md'

const variants: Readonly<Record<ButtonVariant, string>> = {
  primary: 'border-transparent bg-accent text-on-accent enabled:hover:brightness-110',
  plain: 'border-line-strong/60 bg-surface text-text enabled:hover:bg-hover',
  ghost: 'border-transparent bg-transparent text-muted enabled:hover:bg-hover enabled:hover:text-text',
  danger: 'border-transparent bg-danger text-on-danger enabled:hover:brightness-110'
}
const sizes: Readonly<Record<ButtonSize, string>> = { sm: 'h-7 px-2 text-xs', md: 'h-8 px-3 text-sm' }

export function buttonClass(variant: ButtonVariant = 'plain', size: ButtonSize = 'md'): string {
  return (
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-[5px] border font-medium whitespace-nowrap ' +
    `select-none disabled:opacity-55 ${variants[variant]} ${sizes[size]}`
  )
}
