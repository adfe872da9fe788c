-- Sales that channels reported and that could not be booked, until somebody or some stock settles
-- them. The id is that of the order that each of them would be.
create table orders.uncovered_sale (
    id uuid primary key,
    channel text not null,
    external_id text not null,
    customer_id text,
    lines jsonb not null,
    missing jsonb not null,
    why text not null,
    sold_at timestamptz not null,
    reported_at timestamptz not null,
    status text not null,
    version bigint not null,
    constraint known_status check (status in ('open', 'covered', 'dismissed'))
);

create index uncovered_sale_open on orders.uncovered_sale (channel, reported_at, id)
    where status = 'open';
