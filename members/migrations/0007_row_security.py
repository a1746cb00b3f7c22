from django.db import migrations

from rounds_site.kit.guarding import EVERY_ROW, asked, guard, on_postgresql

NAMES = ("person", "door", "round", "subject")

# Where whoever asks holds or held a role: the system, Place or organisation itself, and what lies in that system.
SCOPES = """
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


class Migration(migrations.Migration):
    dependencies = [("members", "0006_settings")]

    operations = [
        on_postgresql(
            EVERY_ROW + "".join(asked(name) for name in NAMES) + SCOPES,
            "DROP FUNCTION portal_scopes(); DROP FUNCTION portal_every_row();"
            + "".join(f"DROP FUNCTION portal_{name}();" for name in NAMES),
        ),
        # Written by whoever opens something, about themselves; read where they hold a role; cut by the worker alone.
        guard(
            "members_careentry",
            seen='"where" IN (SELECT portal_scopes())',
            acted_on="",
            written='"by" = (SELECT portal_person())',
        ),
    ]
