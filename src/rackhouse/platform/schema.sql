create schema if not exists platform;

create table platform.idempotency_key (
    caller text not null,
    key text not null,
    fingerprint text not null,
    status integer not null,
    body text not null,
    answered_at timestamptz not null,
    primary key (caller, key)
);

create index idempotency_key_answered_at on platform.idempotency_key using brin (answered_at);

create table platform.subscription (
    subscriber text not null,
    log text not null,
    position text not null,
    primary key (subscriber, log)
);

create table platform.archived_file (
    log text not null,
    number integer not null,
    name text not null,
    month date not null,
    events bigint not null,
    size_bytes bigint not null,
    sha256 bytea not null,
    first_position text not null,
    last_position text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    archived_at timestamptz not null,
    emptied_at timestamptz,
    primary key (log, number)
);

create table platform.archived_stream (
    log text not null,
    stream text not null,
    version bigint not null,
    hash bytea not null,
    primary key (log, stream)
);
