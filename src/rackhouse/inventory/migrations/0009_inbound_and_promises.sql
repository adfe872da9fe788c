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
