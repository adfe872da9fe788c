-- What has left a log for its archive: the files, and the last event of each stream that is in them
-- and not in the log any more.
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
