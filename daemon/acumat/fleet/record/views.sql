-- Views for researchers. A mat is the unit: no person, no answer about health.

CREATE OR REPLACE VIEW acumat.session AS
SELECT e.mat_id,
       m.site,
       e.document ->> 'session_id' AS session_id,
       e.at - make_interval(secs => (e.document ->> 'session_s')::float8) AS started_at,
       e.at AS ended_at,
       (e.document ->> 'session_s')::float8 AS session_s,
       (e.document ->> 'contact_s')::float8 AS contact_s,
       (e.document ->> 'lifts')::int AS lifts,
       e.document ->> 'reason' AS end_reason,
       coalesce((e.document ->> 'guest')::boolean, false) AS guest,
       coalesce((e.document ->> 'recovered')::boolean, false) AS recovered,
       NOT coalesce((e.document ->> 'clock_set')::boolean, true) AS undated,
       ((e.at - make_interval(secs => (e.document ->> 'session_s')::float8)) AT TIME ZONE m.timezone)::date AS day
FROM acumat.event e JOIN acumat.mat m USING (mat_id)
WHERE e.event_type = 'session_ended';

CREATE OR REPLACE VIEW acumat.day AS
SELECT mat_id, site, day, count(*) AS sessions, sum(session_s) / 60 AS session_min, sum(contact_s) / 60 AS contact_min,
       min(started_at) AS first_started_at, max(ended_at) AS last_ended_at
FROM acumat.session
WHERE NOT guest AND NOT undated
GROUP BY mat_id, site, day;

-- By mat and week (from Monday): on how many of its days somebody lay there.
CREATE OR REPLACE VIEW acumat.adherence AS
SELECT mat_id, site, date_trunc('week', day)::date AS week, count(*) AS days_used, count(*) / 7.0 AS share_of_days,
       sum(sessions) AS sessions, sum(session_min) AS session_min
FROM acumat.day
GROUP BY mat_id, site, date_trunc('week', day);

CREATE OR REPLACE VIEW acumat.gap_open AS
SELECT n.mat_id, n.incarnation, lower(g) AS first_missing, upper(g) - 1 AS last_missing, upper(g) - lower(g) AS missing,
       n.missing_since, n.asked_at, n.times_asked
FROM acumat.numbering n, unnest(n.missing) AS g
WHERE n.missing_since IS NOT NULL;

CREATE OR REPLACE VIEW acumat.gap_lost AS
SELECT n.mat_id, n.incarnation, lower(g) AS first_lost, upper(g) - 1 AS last_lost, upper(g) - lower(g) AS lost, n.given_up_at
FROM acumat.numbering n, unnest(n.lost) AS g
WHERE n.given_up_at IS NOT NULL;
