from django.db import migrations

from rounds_site.kit.guarding import on_postgresql

# Whoever asks also reads what they themselves opened, a facilitator without a role among them.
SEEN = 'ALTER POLICY seen ON members_careentry USING ("where" IN (SELECT portal_scopes()){own})'
OWN = ' OR "by" = (SELECT portal_person())'


class Migration(migrations.Migration):
    dependencies = [("members", "0010_preferences")]

    operations = [on_postgresql(SEEN.format(own=OWN), SEEN.format(own=""))]
