alter table inventory.lot
    add column recall_reason text,
    add column flavor_profile jsonb,
    add column told_status text not null default 'sellable',
    add column turns_at timestamptz,
    add constraint known_numbers check (numbered between 1 and 10000);

create index lot_turning on inventory.lot (turns_at) where turns_at is not null;

alter table inventory.unit add constraint numbered_from_one check (number >= 1);

create index allocation_of_lot on inventory.allocation (sku, lot, hold_id) where lot <> '';

create index event_of_units on inventory.event (stream, (data ->> 'lot'))
    where (data -> 'units') is not null;
