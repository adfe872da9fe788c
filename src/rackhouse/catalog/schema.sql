create schema catalog;

create table catalog.product_type (
    name text primary key,
    collection text not null,
    definition jsonb not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint one_type_a_collection unique (collection)
);

create table catalog.product (
    id text primary key,
    type text not null,
    name text not null,
    brand text,
    description text not null,
    categories jsonb not null,
    tags jsonb not null,
    price_minor bigint,
    lowest_price_minor bigint,
    currency text,
    release_date date,
    media jsonb not null,
    attributes jsonb not null,
    version bigint not null,
    fingerprint text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    stage text not null default 'live',
    goes_live_at timestamptz,
    archives_at timestamptz,
    told_state text not null default 'live',
    due_at timestamptz,
    availability text not null default 'unstocked',
    constraint priced_in_a_currency check (lowest_price_minor is null or currency is not null),
    constraint known_stage check (stage in ('draft', 'live', 'archived')),
    constraint known_availability
        check (availability in ('unstocked', 'in_stock', 'sold_out')),
    constraint archived_after_it_went_live check (archives_at > goes_live_at)
);

create index product_by_name on catalog.product (lower(name), id);
create index product_by_type on catalog.product (type, lower(name), id);
create index product_by_lowest_price
    on catalog.product (coalesce(lowest_price_minor, 9223372036854775807), id);
create index product_by_highest_price on catalog.product (coalesce(lowest_price_minor, -1), id);
create index product_by_update on catalog.product (updated_at, id);
create index product_by_release on catalog.product (coalesce(release_date, '-infinity'), id);
create index product_by_due on catalog.product (due_at) where due_at is not null;

create index product_by_type_and_id on catalog.product (type, id);

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

create table catalog.variant (
    sku text primary key,
    product_id text not null references catalog.product on delete cascade,
    position integer not null,
    name text,
    options jsonb not null,
    barcode text,
    price_minor bigint,
    is_bundle boolean not null,
    constraint bundle_or_not unique (sku, is_bundle)
);

create index variant_by_product on catalog.variant (product_id, position);

create table catalog.component (
    bundle_sku text not null,
    component_sku text not null,
    position integer not null,
    quantity integer not null,
    of_bundle boolean not null generated always as (true) stored,
    from_bundle boolean not null generated always as (false) stored,
    primary key (bundle_sku, component_sku),
    constraint components_of_bundles_only
        foreign key (bundle_sku, of_bundle) references catalog.variant (sku, is_bundle)
        on delete cascade,
    constraint bundles_are_flat
        foreign key (component_sku, from_bundle) references catalog.variant (sku, is_bundle),
    constraint some_of_each check (quantity > 0)
);

create index component_by_component on catalog.component (component_sku);

create table catalog.product_version (
    product_id text not null,
    version bigint not null,
    document json,
    actor text not null,
    written_at timestamptz not null,
    restored_version bigint,
    primary key (product_id, version)
);

create view catalog.listed_product as
select id, type, name, brand, categories, tags, lowest_price_minor, release_date, fingerprint,
    updated_at, state.told as state,
    json_build_object(
        'id', id, 'type', type, 'name', name, 'brand', brand, 'description', description,
        'categories', categories, 'tags', tags, 'price_minor', price_minor, 'currency', currency,
        'release_date', release_date, 'media', media, 'attributes', attributes,
        'variants', (
            select coalesce(json_agg(json_build_object(
                'sku', v.sku, 'name', v.name, 'options', v.options, 'barcode', v.barcode,
                'price_minor', v.price_minor,
                'components', (
                    select coalesce(json_agg(
                        json_build_object('sku', c.component_sku, 'quantity', c.quantity)
                        order by c.position), '[]')
                    from catalog.component c where c.bundle_sku = v.sku))
                order by v.position), '[]')
            from catalog.variant v where v.product_id = product.id),
        'stage', stage, 'goes_live_at', goes_live_at, 'archives_at', archives_at,
        'state', state.told, 'availability', availability,
        'version', version, 'created_at', created_at, 'updated_at', updated_at
    )::text as document
from catalog.product
cross join lateral (
    select case
        when stage <> 'live' then stage
        when archives_at <= statement_timestamp() then 'archived'
        when goes_live_at > statement_timestamp() then 'scheduled'
        else 'live'
    end as told
) as state;

create table catalog.event (
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
) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
