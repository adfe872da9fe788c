create schema webhooks;

create table webhooks.endpoint (
    id uuid primary key,
    url text not null,
    description text not null,
    format text not null,
    channel text,
    filter jsonb not null,
    hears_orders boolean not null,
    conflate_after integer,
    enabled boolean not null,
    begins text not null,
    added_at timestamptz not null,
    version bigint not null,
    removed boolean not null,
    outlet_version bigint not null,
    cursor text,
    signals boolean not null default false,
    constraint known_format check (format in ('single', 'batch')),
    constraint known_beginning check (begins in ('now', 'snapshot'))
);

create index endpoint_unsettled on webhooks.endpoint (id) where outlet_version < version;

create table webhooks.secret (
    id uuid primary key,
    endpoint_id uuid not null,
    sealed bytea not null,
    made_at timestamptz not null,
    retires_at timestamptz
);

create index secret_of_endpoint on webhooks.secret (endpoint_id, made_at);

create table webhooks.attempt (
    id uuid primary key,
    endpoint_id uuid not null,
    attempted_at timestamptz not null,
    messages integer not null,
    message_id text not null,
    type text not null,
    status integer,
    milliseconds double precision not null,
    problem text not null,
    answer text not null
);

create index attempt_of_endpoint on webhooks.attempt (endpoint_id, attempted_at desc, id desc);
create index attempt_of_time on webhooks.attempt (attempted_at);

create table webhooks.event (
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
