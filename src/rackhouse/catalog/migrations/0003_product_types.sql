create table catalog.product_type (
    name text primary key,
    collection text not null,
    definition jsonb not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint one_type_a_collection unique (collection)
);

create table catalog.reference (
    product_id text not null references catalog.product on delete cascade,
    attribute text not null,
    position integer not null,
    referenced_id text not null,
    primary key (product_id, attribute, position),
    constraint referenced_products_stay foreign key (referenced_id) references catalog.product,
    constraint never_to_itself check (product_id <> referenced_id)
);

create index reference_by_referenced on catalog.reference (referenced_id);
create index product_by_type_and_id on catalog.product (type, id);
