create schema channels;

create table channels.event (
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

create table channels.channel (
    id text primary key,
    name text not null,
    kind text not null,
    locations text[] not null,
    enabled boolean not null,
    closed boolean not null,
    version bigint not null,
    sourcing text not null default 'channel_order',
    split boolean not null default true,
    constraint channel_id_is_a_handle check (id ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    constraint channel_kind_is_known check (
        kind in ('web_shop', 'pos', 'marketplace', 'social_shop', 'wholesale', 'other')),
    constraint channel_sourcing_is_known check (
        sourcing in ('channel_order', 'nearest', 'fewest_parcels', 'spread')),
    constraint channel_sells_from_somewhere check (cardinality(locations) between 1 and 100)
);
