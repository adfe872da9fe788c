create schema outlets;

create table outlets.outlet (
    id uuid primary key,
    kind text not null,
    name text not null,
    channel text,
    filter jsonb not null,
    hears_orders boolean not null,
    snapshot boolean not null,
    conflate_after integer,
    state text not null,
    reason text not null,
    opened_at timestamptz not null,
    version bigint not null,
    closed boolean not null,
    signals boolean not null default false,
    constraint known_state check (state in ('running', 'paused', 'disabled')),
    constraint conflates_after_some check (conflate_after > 0)
);

create index outlet_of_channel on outlets.outlet (channel) where not closed;

create table outlets.progress (
    outlet_id uuid primary key,
    epoch bigint not null,
    cursor text,
    sent_cursor text,
    sent_at timestamptz,
    acknowledged_at timestamptz,
    failures integer not null,
    failing_since timestamptz,
    retry_at timestamptz,
    breaker text not null,
    problem text not null,
    live boolean not null,
    waiting bigint not null,
    oldest_at timestamptz,
    told_at timestamptz,
    constraint known_breaker check (breaker in ('closed', 'open', 'half_open'))
) with (fillfactor = 70);

create table outlets.dead_letter (
    id uuid primary key,
    outlet_id uuid not null,
    message_id text not null,
    type text not null,
    log text,
    stream text,
    sequence bigint,
    recorded_at timestamptz not null,
    cursor text,
    body text not null,
    problem text not null,
    attempts integer not null,
    died_at timestamptz not null,
    queued_at timestamptz,
    constraint one_letter_a_message unique (outlet_id, message_id)
);

create index dead_letter_of_outlet on outlets.dead_letter (outlet_id, died_at, id);
create index dead_letter_queued on outlets.dead_letter (outlet_id, recorded_at, id)
    where queued_at is not null;

create table outlets.minute (
    outlet_id uuid not null,
    minute timestamptz not null,
    acknowledged bigint not null,
    in_time bigint not null,
    attempts bigint not null,
    failures bigint not null,
    primary key (outlet_id, minute)
);

create index minute_of_time on outlets.minute (minute);

create table outlets.lag_rule (
    channel text primary key,
    own boolean not null,
    within_seconds double precision not null,
    share double precision not null,
    window_hours integer not null,
    limit_seconds double precision not null,
    measure text not null,
    buffer integer not null,
    version bigint not null,
    breached_at timestamptz,
    taken text,
    constraint known_measure check (measure in ('none', 'buffer', 'pause')),
    constraint known_taken check (taken in ('buffer', 'pause'))
);

create table outlets.raised_buffer (
    channel text not null,
    sku text not null,
    location text not null,
    before integer not null,
    raised_to integer not null,
    primary key (channel, sku, location)
);

create table outlets.event (
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
