-- The data is kept to the letter, because a hash covers it: SHA-256 of the hash of the event before
-- it in its stream (32 zero bytes for the first) and of the event as JSON (RFC 8785).
alter table identity.event
    alter column data type json using data::json,
    add column hash bytea;

create function pg_temp.chain_step(bytea, bytea) returns bytea
    language sql immutable as 'select sha256($1 || $2)';
create aggregate pg_temp.chain(bytea) (
    sfunc = pg_temp.chain_step, stype = bytea,
    initcond = '\x0000000000000000000000000000000000000000000000000000000000000000');

set local enable_hashjoin = on;

update identity.event e
set hash = chained.hash
from (
    select transaction_id, position, pg_temp.chain(convert_to(
        '[' || to_json(stream) || ',' || version || ',' || to_json(type)
        || ',' || to_json(data::text) || ',' || to_json(actor)
        || ',' || coalesce(to_json(channel)::text, 'null') || ',' || to_json(correlation_id)
        || ',"' || to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '"]', 'UTF8')) over (partition by stream order by version) as hash
    from identity.event) as chained
where e.transaction_id = chained.transaction_id and e.position = chained.position;

alter table identity.event alter column hash set not null;

drop aggregate pg_temp.chain(bytea);
drop function pg_temp.chain_step(bytea, bytea);

-- A key that is retired leaves its public part sealed, so that what it signed can be verified for
-- as long as anybody keeps it.
alter table identity.signing_key add column vouch bytea;
