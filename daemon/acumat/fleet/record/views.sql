-- Views for researchers. A mat is the unit: no person, no answer about health.

-- A mat may send anything. What is no number from 0 to `most`, or neither true nor false, counts as not said: a cast that fails
-- would fail the view for all mats.
CREATE OR REPLACE FUNCTION acumat.number_of(document jsonb, key text, most numeric) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(document -> key) = 'number' THEN
        CASE WHEN (document ->> key)::numeric BETWEEN 0 AND most THEN (document ->> key)::float8 END END
$$;
CREATE OR REPLACE FUNCTION acumat.truth_of(document jsonb, key text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(document -> key) = 'boolean' THEN (document ->> key)::boolean END
$$;

CREATE OR REPLACE VIEW acumat.session AS
SELECT e.mat_id,
       m.site,
       e.document ->> 'session_id' AS session_id,
       e.at - make_interval(secs => said.session_s) AS started_at,
       e.at AS ended_at,
       said.session_s,
       acumat.number_of(e.document, 'contact_s', 2678400) AS contact_s,
       acumat.number_of(e.document, 'lifts', 1000000)::int AS lifts,
       e.document ->> 'reason' AS end_reason,
       coalesce(acumat.truth_of(e.document, 'guest'), false) AS guest,
       coalesce(acumat.truth_of(e.document, 'recovered'), false) AS recovered,
       NOT coalesce(acumat.truth_of(e.document, 'clock_set'), true) AS undated,
       ((e.at - make_interval(secs => coalesce(said.session_s, 0))) AT TIME ZONE m.timezone)::date AS day
FROM acumat.event e JOIN acumat.mat m USING (mat_id),
     LATERAL (SELECT acumat.number_of(e.document, 'session_s', 2678400) AS session_s) AS said  -- seconds of 31 days
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
