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
