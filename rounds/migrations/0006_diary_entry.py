import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.utils import timezone

from rounds_site.kit.guarding import guard

OWN = "booking_id IN (SELECT id FROM rounds_booking WHERE person_id = (SELECT portal_person()))"
ACTED_ON = (
    "booking_id IN (SELECT id FROM rounds_booking"
    " WHERE round_id = (SELECT portal_round()) OR person_id = (SELECT portal_subject()))"
)


def keep_those_that_lie_in_diaries(apps, schema_editor):
    """With the keys of their bookings, and so the UIDs that were sent."""
    bookings = apps.get_model("rounds", "Booking").objects.filter(in_diary=True, round__ends_at__gt=timezone.now())
    entries = [_entry(apps, booking) for booking in bookings.select_related("round", "person")]
    apps.get_model("rounds", "DiaryEntry").objects.bulk_create(entries)


def _entry(apps, booking):
    person, ended = booking.person, booking.state == "cancelled"
    return apps.get_model("rounds", "DiaryEntry")(
        id=booking.pk,
        created_at=booking.changed_at,
        booking=booking,
        address=person.personal_email if person.letters_to == "personal" else person.email,
        style=person.diary_style,
        sequence=booking.round.version + ended,
        ended_at=booking.changed_at if ended else None,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0010_preferences'),
        ('rounds', '0005_inviting'),
    ]

    operations = [
        migrations.CreateModel(
            name='DiaryEntry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('address', models.EmailField(max_length=254)),
                ('style', models.CharField(choices=[('private', 'Private'), ('plain', 'Plain')], max_length=10)),
                ('sequence', models.PositiveIntegerField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('booking', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='diary_entries', to='rounds.booking')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('booking',), name='diary_entry_open_once'), models.CheckConstraint(condition=models.Q(('style__in', ['private', 'plain'])), name='diary_entry_known_style')],
            },
        ),
        migrations.RunPython(keep_those_that_lie_in_diaries, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='booking',
            name='in_diary',
        ),
        guard("rounds_diaryentry", seen=OWN, acted_on=ACTED_ON),
    ]
