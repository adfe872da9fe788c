create table inventory.audit_place (
    only_one boolean primary key,
    round bigint not null,
    position text,
    constraint there_is_one check (only_one)
);

create table inventory.audit_stream (
    sku text not null,
    location text not null,
    round bigint not null,
    version bigint not null,
    figures jsonb not null,
    buckets jsonb,
    head bytea,
    primary key (sku, location)
);

create index allocation_committed on inventory.allocation (sku, location) where committed > 0;

create table inventory.correction (
    id text primary key,
    corrected_at timestamptz not null
);

create table inventory.count (
    id uuid primary key,
    location text not null,
    status text not null,
    blind boolean not null,
    facts jsonb not null,
    opened_at timestamptz not null,
    version bigint not null,
    constraint known_status check (status in (
        'open', 'awaiting_approval', 'posted', 'cancelled'))
);

create index count_opened_at on inventory.count (opened_at, id);

create table inventory.count_line (
    count_id uuid not null,
    line integer not null,
    sku text not null,
    lot text not null,
    condition text not null,
    counted bigint,
    facts jsonb not null,
    posted_version bigint,
    primary key (count_id, line),
    constraint one_line_a_part unique (count_id, sku, lot, condition),
    constraint never_fewer_than_none check (counted >= 0)
);

create table inventory.counted (
    sku text not null,
    location text not null,
    counted_at timestamptz not null,
    version bigint not null,
    count_id uuid not null,
    primary key (sku, location)
);
