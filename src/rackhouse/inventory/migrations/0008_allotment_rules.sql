-- The rules by which allotments are filled up. A rule that was removed keeps its version.
create table inventory.allotment_rule (
    channel text not null,
    sku text not null,
    location text not null,
    level bigint not null,
    minimum bigint not null,
    paused boolean not null,
    removed boolean not null,
    version bigint not null,
    primary key (channel, sku, location),
    constraint minimum_within_level check (1 <= minimum and minimum <= level)
);

-- Returns that channels reported afterwards, so that each is booked once, however late it is
-- reported again.
create table inventory.reported_return (
    id uuid primary key,
    hold_id uuid not null,
    content text not null,
    booked_at timestamptz not null
);
