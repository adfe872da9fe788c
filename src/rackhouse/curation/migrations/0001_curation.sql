create schema curation;

create table curation.collection (
    id text primary key,
    terms jsonb not null,
    channels jsonb not null,
    has_rule boolean not null,
    starts_at timestamptz,
    ends_at timestamptz,
    told text not null,
    due_at timestamptz,
    version bigint not null,
    removed boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint opens_before_it_closes check (starts_at < ends_at),
    constraint known_phase check (told in ('before', 'open', 'closed'))
);

create index collection_due on curation.collection (due_at) where due_at is not null;
create index collection_by_member
    on curation.collection using gin ((terms -> 'members') jsonb_path_ops);

create table curation.bundle (
    id text primary key,
    terms jsonb not null,
    proposal jsonb not null,
    accepted jsonb,
    starts_at timestamptz,
    ends_at timestamptz,
    made bigint,
    shelved jsonb,
    trouble text,
    due_at timestamptz,
    version bigint not null,
    removed boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint opens_before_it_closes check (starts_at < ends_at)
);

create index bundle_due on curation.bundle (due_at) where due_at is not null;

create table curation.event (
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
