create schema media;

create table media.asset (
    id text primary key,
    sha256 text not null,
    kind text not null,
    media_type text not null,
    extension text not null,
    bytes bigint not null,
    width integer,
    height integer,
    duration_seconds double precision,
    filename text,
    alt text not null,
    role text not null,
    renditions jsonb not null,
    version bigint not null,
    removed boolean not null,
    added_at timestamptz not null,
    updated_at timestamptz not null,
    constraint one_asset_a_content unique (sha256),
    constraint id_of_content check (id = left(sha256, 40)),
    constraint known_kind check (kind in ('image', 'video', 'model')),
    constraint known_role check (role in ('main', 'gallery', 'packaging', 'poster')),
    constraint some_content check (bytes > 0)
);

create index asset_by_age on media.asset (added_at desc, id desc) where not removed;

create table media.sweep (
    only_one boolean primary key default true,
    after text not null default '',
    constraint one_row check (only_one)
);

insert into media.sweep default values;

create table media.event (
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
