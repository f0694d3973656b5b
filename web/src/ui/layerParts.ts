/** What floats over a page is made of these. They are loaded together, after the first page: see layers.ts. */
export {
  DialogClose, DialogContent, DialogDescription, DialogOverlay, DialogPortal, DialogRoot, DialogTitle,
  DropdownMenuContent, DropdownMenuItem, DropdownMenuItemIndicator, DropdownMenuLabel, DropdownMenuPortal, DropdownMenuRadioGroup, DropdownMenuRadioItem, DropdownMenuRoot,
  DropdownMenuSeparator, DropdownMenuTrigger,
  ListboxContent, ListboxFilter, ListboxItem, ListboxItemIndicator, ListboxRoot,
  PopoverContent, PopoverPortal, PopoverRoot, PopoverTrigger
} from 'reka-ui'
