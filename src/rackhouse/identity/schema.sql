create schema identity;

create table identity.event (
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

create table identity.client (
    client_id text primary key,
    name text not null,
    roles text[] not null,
    channel text,
    customer_id text,
    secret_hash text not null,
    registered_at timestamptz not null,
    disabled_at timestamptz,
    constraint client_has_a_role check (cardinality(roles) > 0),
    constraint channel_role_is_bound check ('channel' <> all (roles) or channel is not null),
    constraint customer_role_is_bound check ('customer' <> all (roles) or customer_id is not null)
);

create table identity.signing_key (
    generation bigint primary key,
    kid text not null unique,
    public_key text not null,
    private_key bytea,
    made_at timestamptz not null,
    retired_at timestamptz,
    vouch bytea,
    constraint retired_key_signs_no_more check ((private_key is null) = (retired_at is not null))
);

create unique index one_active_signing_key on identity.signing_key ((true))
    where retired_at is null;

create table identity.signin_code (
    code_hash bytea primary key,
    signin_id text not null unique,
    roles text[] not null,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint signin_code_has_a_role check (cardinality(roles) > 0),
    constraint signin_code_used_in_time check (used_at < expires_at)
);

create index signin_code_expires_at on identity.signin_code (expires_at);
