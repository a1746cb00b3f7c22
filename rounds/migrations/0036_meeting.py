import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from rounds_site.kit.guarding import guard

# The table of storytellers is guarded itself: of it everybody sees their own rows and those of Rounds they have a part
# in. Whoever helps at the door has a part, and reads nothing here.
RUN = "round_id IN (SELECT portal_rounds_run())"
OWN = "SELECT {} FROM rounds_storyteller WHERE person_id = (SELECT portal_person())"
THEIRS = f"storyteller_id IN ({OWN.format('id')}) OR storyteller_id IS NULL AND round_id IN ({OWN.format('round_id')})"
OF_SUBJECT = "storyteller_id IN (SELECT id FROM rounds_storyteller WHERE person_id = (SELECT portal_subject()))"
ACTED_ON = "round_id = (SELECT portal_round())"
MEETINGS = "meeting_id IN (SELECT id FROM rounds_meeting WHERE {})"


class Migration(migrations.Migration):

    dependencies = [
        ('rounds', '0035_suggestions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Meeting',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('times', models.JSONField()),
                ('place', models.CharField(max_length=200)),
                ('fixed_at', models.DateTimeField(blank=True, null=True)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='meetings', to='rounds.round')),
                ('storyteller', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='meeting', to='rounds.storyteller')),
            ],
        ),
        migrations.CreateModel(
            name='MeetingAnswer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('can', models.JSONField(default=list)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='rounds.meeting')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='meeting',
            constraint=models.UniqueConstraint(condition=models.Q(('storyteller', None)), fields=('round',), name='meeting_of_all_once'),
        ),
        migrations.AddConstraint(
            model_name='meetinganswer',
            constraint=models.UniqueConstraint(fields=('meeting', 'person'), name='meeting_answer_once'),
        ),
        guard("rounds_meeting", seen=f"{RUN} OR {THEIRS}", acted_on=f"{ACTED_ON} OR {OF_SUBJECT}"),
        guard(
            "rounds_meetinganswer",
            seen=f"person_id = (SELECT portal_person()) OR {MEETINGS.format(RUN)}",
            acted_on=f"{MEETINGS.format(ACTED_ON)} OR person_id = (SELECT portal_subject())",
        ),
    ]
