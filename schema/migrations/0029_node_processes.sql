-- Which process a node is, so that a second one of the same name can be told who has it, and a crashed one need not be
-- waited for. `boot` names the boot of the machine and the namespace that the process number belongs to.

alter table nodes
  add column host text,
  add column pid integer,
  add column boot text;
