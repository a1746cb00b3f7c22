from django.db import migrations

from rounds_site.kit.guarding import on_postgresql

# Where whoever asks holds or held a role, and from which day until which: the system, Place or organisation itself, the
# systems that became it, what lies in these, and their partners for as long as they were some. One that has ended
# belongs to the last that had it.
IN_TIME = """
CREATE FUNCTION portal_scopes_in_time() RETURNS TABLE (scope uuid, since date, until date) LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE held(id) AS (
        SELECT system_id FROM members_rolegrant WHERE person_id = portal_person() AND system_id IS NOT NULL
        UNION
        SELECT step.predecessor_id FROM members_systemsuccession AS step JOIN held ON step.successor_id = held.id
    )
    SELECT id, '-infinity'::date, 'infinity'::date FROM held
    UNION
    SELECT coalesce(place_id, organisation_id), '-infinity'::date, 'infinity'::date FROM members_rolegrant
        WHERE person_id = portal_person() AND system_id IS NULL
    UNION
    SELECT place.id, '-infinity'::date, 'infinity'::date FROM members_place AS place JOIN held ON place.system_id = held.id
    UNION
    SELECT edge.organisation_id, edge.starts_on, CASE
        WHEN EXISTS (
            SELECT FROM members_systemedge AS later WHERE later.organisation_id = edge.organisation_id
                AND (later.ends_on IS NULL OR later.ends_on > edge.ends_on)
        ) THEN coalesce(edge.ends_on, 'infinity'::date) ELSE 'infinity'::date END
        FROM members_systemedge AS edge JOIN held ON edge.system_id = held.id;
END;
"""
BEFORE = """
CREATE FUNCTION portal_scopes() RETURNS SETOF uuid LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT unnest(ARRAY[system_id, place_id, organisation_id]) FROM members_rolegrant WHERE person_id = portal_person()
    UNION
    SELECT edge.organisation_id FROM members_rolegrant AS held JOIN members_systemedge AS edge USING (system_id)
        WHERE held.person_id = portal_person()
    UNION
    SELECT place.id FROM members_rolegrant AS held JOIN members_place AS place USING (system_id)
        WHERE held.person_id = portal_person();
END;
"""
SEEN = """ALTER POLICY seen ON members_careentry USING ({} OR "by" = (SELECT portal_person()));"""
THEN = """EXISTS (SELECT FROM portal_scopes_in_time() AS mine WHERE mine.scope = "where"
    AND (hour AT TIME ZONE 'Europe/London')::date >= mine.since
    AND (hour AT TIME ZONE 'Europe/London')::date < mine.until)"""


class Migration(migrations.Migration):
    """On PostgreSQL the care log of a partner is no longer there for a system that it left."""

    dependencies = [("members", "0015_outbox")]

    operations = [
        on_postgresql(
            IN_TIME + SEEN.format(THEN) + "DROP FUNCTION portal_scopes();",
            BEFORE + SEEN.format('"where" IN (SELECT portal_scopes())') + "DROP FUNCTION portal_scopes_in_time();",
        )
    ]
