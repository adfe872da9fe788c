create schema inventory;

create table inventory.location (
    id text primary key,
    name text not null,
    kind text not null,
    version bigint not null,
    created_at timestamptz not null
);

create table inventory.stock (
    sku text not null,
    location text not null,
    on_hand bigint not null,
    held bigint not null,
    committed bigint not null,
    version bigint not null,
    primary key (sku, location),
    constraint never_oversell check (held >= 0 and committed >= 0 and held + committed <= on_hand)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);

create table inventory.hold (
    id uuid primary key,
    channel text not null,
    customer_id text,
    status text not null,
    lines jsonb not null,
    memo jsonb,
    placed_by text not null,
    placed_at timestamptz not null,
    expires_at timestamptz not null,
    constraint known_status check (status in ('held', 'confirmed', 'released', 'expired'))
) with (fillfactor = 85);

create index hold_expiring on inventory.hold (expires_at) where status = 'held';

create table inventory.allocation (
    hold_id uuid not null,
    line integer not null,
    sku text not null,
    location text not null,
    quantity bigint not null,
    held bigint not null,
    committed bigint not null,
    shipped bigint not null,
    returned bigint not null,
    held_until timestamptz not null,
    primary key (hold_id, line, sku, location),
    constraint never_more_than_allocated check (
        held >= 0 and committed >= 0 and returned >= 0 and returned <= shipped
        and held + committed + shipped <= quantity)
) with (fillfactor = 85);

create index allocation_lapsing on inventory.allocation (sku, location, held_until) where held > 0;

create table inventory.event (
    position bigint generated always as identity,
    transaction_id xid8 not null default pg_current_xact_id(),
    stream text not null,
    version bigint not null,
    type text not null,
    data jsonb not null,
    actor text not null,
    channel text,
    correlation_id text not null,
    recorded_at timestamptz not null,
    primary key (transaction_id, position),
    constraint one_event_a_version unique (stream, version)
) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);

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
    primary key (sku, location)
);

create index allocation_committed on inventory.allocation (sku, location) where committed > 0;
