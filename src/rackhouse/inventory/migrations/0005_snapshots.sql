-- Snapshots of stock streams. They are a projection: what the events up to a version add up to, so
-- that a question about the past need not read a long stream from its beginning. They can be
-- deleted at any time and are taken anew.
create table inventory.snapshot (
    stream text not null,
    version bigint not null,
    recorded_at timestamptz not null,
    lapsed_from timestamptz,
    state jsonb not null,
    primary key (stream, version)
);
