create schema connectors;

create table connectors.event (
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
);

create table connectors.connection (
    id text primary key,
    channel text not null,
    adapter text not null,
    name text not null,
    settings json not null,
    secret_names text[] not null,
    secrets bytea,
    enabled boolean not null,
    closed boolean not null,
    version bigint not null,
    constraint connection_id_is_a_handle check (id ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    constraint closed_ones_keep_no_secrets check (not closed or secrets is null)
);

-- How far a connection has come, and what stands in its way.
create table connectors.progress (
    connection text primary key,
    outlet_version bigint not null default 0,
    sales_from timestamptz not null,
    sales_until timestamptz not null,
    polled_at timestamptz,
    learning boolean not null default false,
    learn_cursor text,
    learnt_at timestamptz,
    push_cursor text not null default '',
    pushed_at timestamptz,
    trouble text,
    trouble_at timestamptz
);

-- What the channel calls our SKUs and locations; not mapped while own is null.
create table connectors.mapping (
    connection text not null,
    kind text not null,
    remote_id text not null,
    stock_id text,
    told_sku text,
    name text not null,
    own text,
    by_hand boolean not null default false,
    seen_at timestamptz not null,
    primary key (connection, kind, remote_id),
    constraint mapping_kind_is_known check (kind in ('sku', 'location'))
);

create index mapping_of_own on connectors.mapping (connection, kind, own);
create index mapping_by_stock on connectors.mapping (connection, stock_id);

-- What was received, encrypted, once for each id that the channel gave it.
create table connectors.message (
    number bigint generated always as identity primary key,
    connection text not null,
    message_id text not null,
    topic text not null,
    body bytea not null,
    received_at timestamptz not null,
    status text not null,
    attempts integer not null default 0,
    next_try_at timestamptz,
    problem text,
    settled_at timestamptz,
    constraint received_once unique (connection, message_id),
    constraint message_status_is_known check (status in ('waiting', 'read', 'failed'))
);

create index message_waiting on connectors.message (next_try_at) where status = 'waiting';
create index message_in_trouble on connectors.message (connection, number)
    where status <> 'read' and problem is not null;
create index message_settled on connectors.message (settled_at) where settled_at is not null;

-- Each sale of a channel as far as it was told, and what was made of it.
create table connectors.sale (
    connection text not null,
    remote_id text not null,
    known json not null,
    booked json not null,
    version bigint not null,
    settled_version bigint not null,
    attempts integer not null default 0,
    next_try_at timestamptz,
    problem text,
    failed boolean not null default false,
    told_at timestamptz not null,
    primary key (connection, remote_id)
);

create index sale_to_settle on connectors.sale (next_try_at)
    where settled_version < version and not failed;
create index sale_in_trouble on connectors.sale (connection, remote_id)
    where settled_version < version and problem is not null;
