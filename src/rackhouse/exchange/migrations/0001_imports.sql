create schema exchange;

create table exchange.import (
    id uuid primary key,
    status text not null,
    form text not null,
    dry_run boolean not null,
    remove_missing boolean not null,
    skip_bad boolean not null,
    size_bytes bigint not null,
    rows_read bigint not null,
    products_written bigint not null,
    products_to_write bigint,
    attempts integer not null,
    cancel_wanted boolean not null,
    problem text,
    report jsonb,
    started_by text not null,
    created_at timestamptz not null,
    began_at timestamptz,
    ended_at timestamptz,
    constraint known_status check (status in (
        'uploading', 'waiting', 'running', 'done', 'refused', 'failed', 'cancelled')),
    constraint ends_once check ((ended_at is null) = (status in (
        'uploading', 'waiting', 'running')))
);

create index import_created_at on exchange.import (created_at, id);
create index import_in_line on exchange.import (created_at, id)
    where status in ('uploading', 'waiting', 'running');

create table exchange.piece (
    import_id uuid not null references exchange.import on delete cascade,
    number integer not null,
    data bytea not null,
    primary key (import_id, number)
);
