create table inventory.quota (
    id text primary key,
    name text not null,
    cap bigint not null,
    per text not null,
    version bigint not null,
    ended boolean not null,
    set_at timestamptz not null,
    constraint known_counting check (per in ('everyone', 'customer'))
);

create table inventory.quota_sku (
    quota_id text not null,
    sku text not null,
    primary key (quota_id, sku)
);

create index quota_of_sku on inventory.quota_sku (sku);

create table inventory.quota_use (
    quota_id text not null,
    subject text not null,
    used bigint not null,
    cap bigint not null,
    primary key (quota_id, subject),
    constraint never_above_quota check (used >= 0 and used <= cap)
) with (fillfactor = 50);

alter table inventory.allocation add column forgiven boolean not null default false;

create table inventory.waiting (
    id uuid primary key,
    place bigint generated always as identity,
    sku text not null,
    quantity bigint not null,
    channel text not null,
    customer_id text not null,
    offer_seconds double precision not null,
    status text not null,
    joined_at timestamptz not null,
    hold_id uuid,
    changed_at timestamptz,
    version bigint not null,
    constraint known_status check (status in ('waiting', 'offered', 'left'))
);

create unique index one_place_in_line on inventory.waiting (sku, channel, customer_id)
    where status = 'waiting';
create index waiting_in_line on inventory.waiting (sku, place) where status = 'waiting';
create index waiting_of_customer on inventory.waiting (customer_id, place);
