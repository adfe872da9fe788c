create schema pricing;

-- So that an exclusion constraint can compare texts without an extension.
create type pricing.text_range as range (subtype = text, collation = "C");

create table pricing.head (
    stream text primary key,
    version bigint not null
);

create table pricing.rule (
    kind text not null,
    id text collate "C" not null,
    version bigint not null,
    terms jsonb not null,
    scope text not null,
    starts_at timestamptz,
    ends_at timestamptz,
    recorded_at timestamptz not null,
    closed_at timestamptz,
    primary key (kind, id, version),
    constraint rule_is_of_a_kind check (kind in ('price-list', 'promotion', 'tax-rate')),
    constraint rule_ends_after_it_starts check (starts_at < ends_at),
    constraint closed_after_recorded check (recorded_at <= closed_at),
    constraint never_two_at_once exclude using gist (
        pricing.text_range(kind || ' ' || scope, kind || ' ' || scope, '[]') with &&,
        tstzrange(starts_at, ends_at) with &&) where (closed_at is null)
);

create unique index one_rule_on_record on pricing.rule (kind, id) where closed_at is null;
create index rule_by_closing on pricing.rule (closed_at);

create table pricing.price (
    position bigint generated always as identity primary key,
    list_id text collate "C" not null,
    sku text collate "C" not null,
    min_quantity integer not null,
    price_minor bigint not null,
    starts_at timestamptz,
    ends_at timestamptz,
    recorded_at timestamptz not null,
    closed_at timestamptz,
    constraint price_ends_after_it_starts check (starts_at < ends_at),
    constraint closed_after_recorded check (recorded_at <= closed_at),
    constraint no_negative_price check (price_minor >= 0 and min_quantity > 0),
    constraint never_two_prices_at_once exclude using gist (
        pricing.text_range(list_id || '/' || sku, list_id || '/' || sku, '[]') with &&,
        int4range(min_quantity, min_quantity, '[]') with &&,
        tstzrange(starts_at, ends_at) with &&) where (closed_at is null)
);

create index price_by_sku on pricing.price (sku, closed_at);
create index price_of_list on pricing.price (list_id, sku, min_quantity, position)
    where closed_at is null;

create table pricing.listing (
    sku text collate "C" not null,
    product_id text not null,
    price_minor bigint,
    currency text,
    brand text,
    categories jsonb not null,
    tags jsonb not null,
    tax_category text not null,
    recorded_at timestamptz not null,
    closed_at timestamptz,
    primary key (sku, recorded_at),
    constraint closed_after_recorded check (recorded_at <= closed_at)
);

create unique index one_listing_on_record on pricing.listing (sku) where closed_at is null;
create index listing_of_product on pricing.listing (product_id) where closed_at is null;

create table pricing.running (
    promotion_id text collate "C" primary key
);

create table pricing.event (
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
