create schema reconciliation;

create table reconciliation."case" (
    id uuid primary key,
    place uuid not null,
    kind text not null,
    status text not null,
    sku text,
    location text,
    channel text,
    facts jsonb not null,
    opened_at timestamptz not null,
    seen_in uuid not null,
    version bigint not null,
    constraint known_status check (status in (
        'open', 'accepted', 'edited', 'rejected', 'cleared'))
);

create unique index one_open_case_a_place on reconciliation."case" (place) where status = 'open';
create index case_at_place on reconciliation."case" (place, opened_at);
create index case_opened_at on reconciliation."case" (opened_at, id);
create index case_of_sku on reconciliation."case" (sku, opened_at, id);

create table reconciliation.audit (
    id uuid primary key,
    whole boolean not null,
    status text not null,
    phase text not null,
    place text,
    orders_position text,
    events bigint not null,
    stock_rows bigint not null,
    orders bigint not null,
    reports bigint not null,
    seen bigint not null,
    opened bigint not null,
    cleared bigint not null,
    worked_seconds double precision not null,
    started_by text not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    constraint known_status check (status in ('running', 'ended'))
);

create unique index one_audit_runs on reconciliation.audit (status) where status = 'running';
create index audit_started_at on reconciliation.audit (started_at, id);

create table reconciliation.report (
    channel text not null,
    sku text not null,
    available bigint not null,
    as_of timestamptz not null,
    received_at timestamptz not null,
    compared boolean not null,
    primary key (channel, sku)
);

create index report_waiting on reconciliation.report (as_of) where not compared;

create table reconciliation.request (
    channel text not null,
    sku text not null,
    available bigint not null,
    case_id uuid not null,
    requested_at timestamptz not null,
    primary key (channel, sku)
);

create table reconciliation.event (
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
