"""The queries to the database.

Each reads few rows, however many events there are: the indexes of the record's schema are made for them.
"""

from __future__ import annotations

from acumat.contract.events import OF_THE_MACHINE

MOST_MATS = 5_000
"""More are too many for one page; the page says so."""
RECENT_H = 24
DAYS = 28
SESSIONS = 30
EVENTS = 50
GAPS = 20
HEALED_S = 120
"""A gap that is younger is not counted: events under way fill it, or the mat, which is asked after a minute (audit.settle_s).
"""

SERVER = """
SELECT now() AS now, pg_is_in_recovery() AS copy,
       (SELECT count(*) FROM acumat.mat) AS mats,
       (SELECT max(committed_at) FROM acumat.collector) AS committed_at
"""

# each -> of a long document unpacks all of it: jsonb_to_record does so once
_MATS = """
SELECT m.mat_id, m.site, m.label, m.added_at, m.revoked_at, s.seen_at, s.availability,
       d.state ->> 'presence' AS presence, d.state ->> 'health' AS health, d.state ->> 'reason' AS reason,
       coalesce(d.about ->> 'version', d.update ->> 'installed_version') AS version,
       m.inventory ->> 'layout' AS layout, coalesce(g.missing, 0) AS missing
FROM acumat.mat m
LEFT JOIN acumat.seen s ON s.mat_id = m.mat_id
LEFT JOIN LATERAL jsonb_to_record(s.state) AS d (state jsonb, about jsonb, update jsonb) ON true
LEFT JOIN (
    SELECT mat_id, sum(missing)::bigint AS missing FROM acumat.gap_open
    WHERE missing_since < now() - make_interval(secs => %(healed_s)s) {of_mat} GROUP BY mat_id
) g ON g.mat_id = m.mat_id
"""
_USAGE = """
SELECT mat_id, coalesce(r.sessions, 0) AS sessions, c.calibrated_at FROM (
    SELECT mat_id, count(*) AS sessions FROM acumat.event
    WHERE event_type = 'session_ended' AND at > now() - make_interval(hours => %(hours)s) AND at <= now() {of_mat}
    GROUP BY mat_id
) r FULL JOIN (
    SELECT mat_id, max(at) AS calibrated_at FROM acumat.event
    WHERE event_type = 'calibration_done' AND at <= now() {of_mat} GROUP BY mat_id
) c USING (mat_id)
"""
OF_MAT = "AND mat_id = %(mat_id)s"
MATS = _MATS.format(of_mat="") + "ORDER BY m.mat_id LIMIT %(most)s"
MAT = _MATS.format(of_mat=OF_MAT) + "WHERE m.mat_id = %(mat_id)s"
USAGE, USAGE_OF = (_USAGE.format(of_mat=each) for each in ("", OF_MAT))

HEALTH = "SELECT state -> 'health' AS health FROM acumat.seen WHERE mat_id = %(mat_id)s"

ZONE = "SELECT timezone AS name, (now() AT TIME ZONE timezone)::date AS today FROM acumat.mat WHERE mat_id = %(mat_id)s"

DAYS_OF = """
SELECT day, count(*) AS sessions, sum(contact_s) / 60 AS minutes FROM acumat.session
WHERE mat_id = %(mat_id)s AND ended_at > now() - make_interval(days => %(days)s + 1) AND ended_at <= now()
  AND NOT guest AND NOT undated
GROUP BY day ORDER BY day
"""

SESSIONS_OF = """
SELECT session_id, started_at, ended_at, session_s, contact_s, lifts, end_reason, recovered, undated FROM acumat.session
WHERE mat_id = %(mat_id)s AND ended_at <= now() ORDER BY ended_at DESC LIMIT %(most)s
"""

GAPS_OF = """
(SELECT first_missing AS first, last_missing AS last, missing AS count, missing_since AS since, asked_at, times_asked AS times,
        false AS lost
 FROM acumat.gap_open WHERE mat_id = %(mat_id)s ORDER BY missing_since DESC, first_missing LIMIT %(most)s)
UNION ALL
(SELECT first_lost, last_lost, lost, given_up_at, NULL, 0, true
 FROM acumat.gap_lost WHERE mat_id = %(mat_id)s ORDER BY given_up_at DESC, first_lost LIMIT %(most)s)
"""

EVENTS_OF = """
SELECT at, event_type, document ->> 'reason' AS reason, document ->> 'text' AS text,
       coalesce(acumat.truth_of(document, 'late'), false) AS late
FROM acumat.event
WHERE mat_id = %(mat_id)s AND at <= now() AND event_type IN ({shown}) ORDER BY at DESC LIMIT %(most)s
""".format(shown=", ".join(f"'{each}'" for each in OF_THE_MACHINE))

SESSION_ROWS = """
SELECT mat_id, site, session_id, day, started_at, ended_at, session_s, contact_s, lifts, end_reason, recovered, guest, undated
FROM acumat.session
WHERE ended_at >= %(from)s AND ended_at < %(to)s AND %(site)s IN ('', site) AND %(mat)s IN ('', mat_id)
ORDER BY ended_at, mat_id
"""
DAY_ROWS = """
SELECT mat_id, site, day, count(*) AS sessions, round((sum(session_s) / 60)::numeric, 1) AS session_min,
       round((sum(contact_s) / 60)::numeric, 1) AS contact_min
FROM acumat.session
WHERE ended_at >= %(from)s AND ended_at < %(to)s AND NOT guest AND NOT undated
  AND %(site)s IN ('', site) AND %(mat)s IN ('', mat_id)
GROUP BY mat_id, site, day ORDER BY day, mat_id
"""
