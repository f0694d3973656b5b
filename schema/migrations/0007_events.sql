-- How many issues have regressed lately, without reading all the new ones.
create index transitions_regressed on transitions (project_id, at) where kind = 'regressed';
