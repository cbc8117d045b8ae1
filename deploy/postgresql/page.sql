-- What the fleet's page may read, as the owner of the record: psql fleet -f deploy/postgresql/page.sql
-- Not the messages that were set aside: what is in them was never looked at.
GRANT USAGE ON SCHEMA acumat TO "acumat-fleet-web";
GRANT SELECT ON acumat.mat, acumat.seen, acumat.event, acumat.collector,
    acumat.session, acumat.gap_open, acumat.gap_lost TO "acumat-fleet-web";
