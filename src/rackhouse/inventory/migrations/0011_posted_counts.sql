-- When the difference of a line was posted, so that a sheet which was counted before that does not
-- post the same difference again.
alter table inventory.count_line add column posted_at timestamptz;

create index count_line_posted on inventory.count_line (sku, posted_at) where posted_at is not null;
