alter table inventory.stock
    add column unavailable bigint not null default 0,
    add column allotted bigint not null default 0,
    add column safety bigint not null default 0,
    add column frozen bigint not null default 0,
    add column details integer not null default 0,
    add column head bytea,
    drop constraint never_oversell,
    add constraint never_oversell check (
        held >= 0 and committed >= 0 and unavailable >= 0 and allotted >= 0 and safety >= 0
        and held + committed + unavailable + allotted <= on_hand);

create table inventory.lot (
    sku text not null,
    lot text not null,
    made_on date,
    release_at timestamptz,
    expires_at timestamptz,
    recalled boolean not null,
    numbered integer,
    attributes jsonb not null,
    registered_at timestamptz not null,
    version bigint not null,
    primary key (sku, lot),
    constraint released_before_it_expires check (release_at < expires_at)
);

create table inventory.bucket (
    sku text not null,
    location text not null,
    lot text not null,
    allotment text not null,
    condition text not null,
    on_hand bigint not null,
    held bigint not null,
    committed bigint not null,
    primary key (sku, location, lot, allotment, condition),
    constraint never_oversell_a_bucket check (
        held >= 0 and committed >= 0 and held + committed <= on_hand),
    constraint only_sellable_is_sold check (condition = 'sellable' or held + committed = 0),
    constraint known_condition check (
        condition in ('sellable', 'damaged', 'quality_control', 'quarantine'))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);

create index bucket_of_lot on inventory.bucket (sku, lot);
create index bucket_of_allotment on inventory.bucket (allotment, sku, location)
    where allotment <> '';

create table inventory.unit (
    sku text not null,
    lot text not null,
    number integer not null,
    location text not null,
    allotment text not null,
    condition text not null,
    state text not null,
    hold_id uuid,
    line integer,
    primary key (sku, lot, number),
    constraint known_state check (
        state in ('in_stock', 'held', 'committed', 'shipped', 'in_transit', 'gone')),
    constraint sold_to_one_hold check (
        (state in ('held', 'committed', 'shipped')) = (hold_id is not null))
) with (fillfactor = 85);

create index unit_in_stock on inventory.unit (sku, location, lot, allotment, condition, number)
    where state = 'in_stock';

create table inventory.buffer (
    sku text not null,
    location text not null,
    channel text not null,
    quantity bigint not null,
    primary key (sku, location, channel),
    constraint never_negative check (quantity >= 0)
);

alter table inventory.hold add column sourcing jsonb;

alter table inventory.allocation
    add column lot text not null default '',
    add column allotment text not null default '',
    add column units integer[],
    add column shipped_units integer[],
    drop constraint allocation_pkey,
    add primary key (hold_id, line, sku, location, lot, allotment);
