create schema notary;

create table notary.checkpoint (
    log text not null,
    number bigint not null,
    signed_at timestamptz not null,
    position text not null,
    events bigint not null,
    streams bigint not null,
    previous_root bytea not null,
    root bytea not null,
    jws text not null,
    primary key (log, number),
    constraint numbered_from_one check (number > 0),
    constraint something_happened check (events > 0 and streams > 0)
);

create index checkpoint_signed_at on notary.checkpoint (signed_at, log, number);

create table notary.head (
    log text not null,
    number bigint not null,
    stream text collate "C" not null,
    version bigint not null,
    hash bytea not null,
    primary key (log, number, stream)
);

create table notary.event (
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
