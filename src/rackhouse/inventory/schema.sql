create schema inventory;

create table inventory.location (
    id text primary key,
    name text not null,
    kind text not null,
    version bigint not null,
    created_at timestamptz not null,
    latitude double precision,
    longitude double precision,
    constraint both_coordinates_or_none check ((latitude is null) = (longitude is null)),
    constraint coordinates_on_earth check (
        latitude between -90 and 90 and longitude between -180 and 180)
);

create table inventory.stock (
    sku text not null,
    location text not null,
    on_hand bigint not null,
    held bigint not null,
    committed bigint not null,
    version bigint not null,
    unavailable bigint not null default 0,
    allotted bigint not null default 0,
    safety bigint not null default 0,
    frozen bigint not null default 0,
    details integer not null default 0,
    head bytea,
    primary key (sku, location),
    constraint never_oversell check (
        held >= 0 and committed >= 0 and unavailable >= 0 and allotted >= 0 and safety >= 0
        and held + committed + unavailable + allotted <= on_hand)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);

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
    recall_reason text,
    flavor_profile jsonb,
    told_status text not null default 'sellable',
    turns_at timestamptz,
    primary key (sku, lot),
    constraint released_before_it_expires check (release_at < expires_at),
    constraint known_numbers check (numbered between 1 and 10000)
);

create index lot_turning on inventory.lot (turns_at) where turns_at is not null;

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
        (state in ('held', 'committed', 'shipped')) = (hold_id is not null)),
    constraint numbered_from_one check (number >= 1)
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

create table inventory.allotment_rule (
    channel text not null,
    sku text not null,
    location text not null,
    level bigint not null,
    minimum bigint not null,
    paused boolean not null,
    removed boolean not null,
    version bigint not null,
    primary key (channel, sku, location),
    constraint minimum_within_level check (1 <= minimum and minimum <= level)
);

create table inventory.reported_return (
    id uuid primary key,
    hold_id uuid not null,
    content text not null,
    booked_at timestamptz not null
);

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
    sourcing jsonb,
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
    lot text not null default '',
    allotment text not null default '',
    units integer[],
    shipped_units integer[],
    forgiven boolean not null default false,
    primary key (hold_id, line, sku, location, lot, allotment),
    constraint never_more_than_allocated check (
        held >= 0 and committed >= 0 and returned >= 0 and returned <= shipped
        and held + committed + shipped <= quantity)
) with (fillfactor = 85);

create index allocation_lapsing on inventory.allocation (sku, location, held_until) where held > 0;
create index allocation_of_lot on inventory.allocation (sku, lot, hold_id) where lot <> '';

create table inventory.promise (
    sku text primary key,
    kind text not null,
    promised_at timestamptz not null,
    note text,
    inbound_id uuid,
    opened_at timestamptz not null,
    closed_at timestamptz,
    version bigint not null,
    constraint known_promise check (kind in ('pre_order', 'backorder'))
);

create index promise_of_inbound on inventory.promise (inbound_id) where inbound_id is not null;

create index stock_promised on inventory.stock (sku) where location = '~promised';

create index allocation_promised on inventory.allocation (sku)
    where location = '~promised' and quantity > 0;

create table inventory.inbound (
    id uuid primary key,
    kind text not null,
    origin text not null,
    destination text not null,
    carrier text,
    reference text,
    expected_at timestamptz,
    status text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    version bigint not null,
    constraint known_inbound check (kind in ('purchase', 'transfer')),
    constraint known_inbound_status check (
        status in ('expected', 'in_transit', 'received_in_part', 'received', 'cancelled'))
);

create index inbound_newest on inventory.inbound (created_at, id);

create table inventory.inbound_line (
    inbound_id uuid not null,
    line integer not null,
    sku text not null,
    lot text not null,
    condition text not null,
    quantity bigint not null,
    received bigint not null,
    missing bigint not null,
    cancelled bigint not null,
    units integer[],
    settled_units integer[],
    missing_because text,
    primary key (inbound_id, line),
    constraint settled_once check (
        quantity > 0 and received >= 0 and missing >= 0 and cancelled >= 0
        and missing + cancelled <= quantity),
    constraint known_inbound_condition check (
        condition in ('sellable', 'damaged', 'quality_control', 'quarantine'))
);

create index inbound_line_coming on inventory.inbound_line (sku)
    where received + missing + cancelled < quantity;

create table inventory.quota (
    id text primary key,
    name text not null,
    cap bigint not null,
    per text not null,
    version bigint not null,
    ended boolean not null,
    set_at timestamptz not null,
    constraint known_counting check (per in ('everyone', 'customer'))
);

create table inventory.quota_sku (
    quota_id text not null,
    sku text not null,
    primary key (quota_id, sku)
);

create index quota_of_sku on inventory.quota_sku (sku);

create table inventory.quota_use (
    quota_id text not null,
    subject text not null,
    used bigint not null,
    cap bigint not null,
    primary key (quota_id, subject),
    constraint never_above_quota check (used >= 0 and used <= cap)
) with (fillfactor = 50);

create table inventory.waiting (
    id uuid primary key,
    place bigint generated always as identity,
    sku text not null,
    quantity bigint not null,
    channel text not null,
    customer_id text not null,
    offer_seconds double precision not null,
    status text not null,
    joined_at timestamptz not null,
    hold_id uuid,
    changed_at timestamptz,
    version bigint not null,
    constraint known_status check (status in ('waiting', 'offered', 'left'))
);

create unique index one_place_in_line on inventory.waiting (sku, channel, customer_id)
    where status = 'waiting';
create index waiting_in_line on inventory.waiting (sku, place) where status = 'waiting';
create index waiting_of_customer on inventory.waiting (customer_id, place);

create table inventory.event (
    position bigint generated always as identity,
    transaction_id xid8 not null default pg_current_xact_id(),
    stream text not null,
    version bigint not null,
    type text not null,
    data json not null,
    actor text not null,
    channel text,
    correlation_id text not null,
    recorded_at timestamptz not null,
    hash bytea not null,
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
    posted_at timestamptz,
    primary key (count_id, line),
    constraint one_line_a_part unique (count_id, sku, lot, condition),
    constraint never_fewer_than_none check (counted >= 0)
);

create index count_line_posted on inventory.count_line (sku, posted_at) where posted_at is not null;

create table inventory.counted (
    sku text not null,
    location text not null,
    counted_at timestamptz not null,
    version bigint not null,
    count_id uuid not null,
    primary key (sku, location)
);

create index event_of_units on inventory.event (stream, (data ->> 'lot'))
    where (data -> 'units') is not null;

create table inventory.snapshot (
    stream text not null,
    version bigint not null,
    recorded_at timestamptz not null,
    lapsed_from timestamptz,
    state jsonb not null,
    primary key (stream, version)
);
