create schema orders;

create table orders."order" (
    id uuid primary key,
    channel text not null,
    external_id text,
    customer_id text,
    status text not null,
    lines jsonb not null,
    hold_id uuid not null,
    reservation_expires_at timestamptz,
    placed_at timestamptz not null,
    changed_at timestamptz not null,
    version bigint not null,
    constraint one_order_a_sale unique (channel, external_id),
    constraint one_order_a_hold unique (hold_id),
    constraint known_status check (status in (
        'pending', 'confirmed', 'shipped', 'delivered', 'cancelled', 'returned'))
) with (fillfactor = 80);

create index order_placed_at on orders."order" (placed_at, id);
create index order_of_customer on orders."order" (customer_id, placed_at, id)
    where customer_id is not null;

create table orders.uncovered_sale (
    id uuid primary key,
    channel text not null,
    external_id text not null,
    customer_id text,
    lines jsonb not null,
    missing jsonb not null,
    why text not null,
    sold_at timestamptz not null,
    reported_at timestamptz not null,
    status text not null,
    version bigint not null,
    constraint known_status check (status in ('open', 'covered', 'dismissed'))
);

create index uncovered_sale_open on orders.uncovered_sale (channel, reported_at, id)
    where status = 'open';

create table orders.event (
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
