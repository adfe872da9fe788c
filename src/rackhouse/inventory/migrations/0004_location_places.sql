alter table inventory.location
    add column latitude double precision,
    add column longitude double precision,
    add constraint both_coordinates_or_none check ((latitude is null) = (longitude is null)),
    add constraint coordinates_on_earth check (
        latitude between -90 and 90 and longitude between -180 and 180);
