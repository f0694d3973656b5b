-- Words that many events share, each set of them kept once: names in stacks, and what is derived of code
-- (services/search/shared-words.ts). An event whose words are in a set has the number of the set, and in `search` the
-- lexeme `~s` with that number in the place of the words. `seen_on` is the last day for which it is noted that events
-- have the set; it is deleted when no event of that day is kept any more.
create table word_sets (
  project_id bigint not null,
  hash bytea not null,
  id integer not null generated always as identity,
  seen_on date not null,
  words tsvector not null,
  primary key (project_id, id),
  unique (project_id, hash)
);
create index word_sets_words on word_sets using gin (words);

-- Null where all words of the event are in its own `search`.
alter table events add column word_set integer;

-- Whether the filter asks for what may be in a set: the lexemes for which `isShared` is true.
alter table alert_rules add column asks_word_sets boolean not null
  generated always as (
    filter is not null
    and filter::text ~ '''(~[fnmc]|(error\.type|handled|mechanism|logger|sdk\.name|runtime)=)'
  ) stored;
