import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from rounds_site.kit.guarding import guard

# The table of storytellers is guarded itself: of it everybody sees their own rows and those of Rounds they have a part
# in. A story is there for its teller, and for whoever was chosen to read it as long as they have a part in the Round.
IN_SIGHT = "storyteller_id IN (SELECT id FROM rounds_storyteller)"
OWN = "storyteller_id IN (SELECT id FROM rounds_storyteller WHERE person_id = (SELECT portal_person()))"
CHOSEN = "storyteller_id IN (SELECT storyteller_id FROM rounds_storyreader WHERE person_id = (SELECT portal_person()))"
ACTED_ON = (
    "storyteller_id IN (SELECT id FROM rounds_storyteller"
    " WHERE round_id = (SELECT portal_round()) OR person_id = (SELECT portal_subject()))"
)


class Migration(migrations.Migration):

    dependencies = [
        ('rounds', '0030_repeat'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Story',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('version', models.PositiveIntegerField()),
                ('key', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('sealed', models.BinaryField()),
                ('storyteller', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='story', to='rounds.storyteller')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='story_version_from_one')],
            },
        ),
        migrations.CreateModel(
            name='StoryConsent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('use', models.CharField(choices=[('theme', 'A facilitator may keep the theme for later Rounds, without my words and without me'), ('training', 'Facilitators may tell what it was about when they train others, so that nobody is recognised')], max_length=10)),
                ('given_on', models.DateField()),
                ('storyteller', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='rounds.storyteller')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('storyteller', 'use'), name='story_consent_once'), models.CheckConstraint(condition=models.Q(('use__in', ['theme', 'training'])), name='story_consent_known_use')],
            },
        ),
        migrations.CreateModel(
            name='StoryReader',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('storyteller', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='readers', to='rounds.storyteller')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('storyteller', 'person'), name='story_reader_once')],
            },
        ),
        guard("rounds_story", seen=f"{IN_SIGHT} AND ({OWN} OR {CHOSEN})", acted_on=ACTED_ON),
        guard("rounds_storyconsent", seen=IN_SIGHT, acted_on=ACTED_ON),
        guard(
            "rounds_storyreader",
            seen=f"person_id = (SELECT portal_person()) OR {OWN}",
            acted_on=f"{ACTED_ON} OR person_id = (SELECT portal_subject())",
        ),
    ]
