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
