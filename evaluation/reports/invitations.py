"""Which partners Rounds invited: of a half-year in which hundreds of Rounds invite a hundred partners each."""

from functools import cache
from uuid import UUID

from django.db.models import Aggregate, TextField
from django.db.models.functions import Cast

from rounds.models import RoundPartner
from rounds_site.kit.drawing import for_figures


class Together(Aggregate):
    """All values of a group as one text, with commas between them."""

    output_field = TextField()
    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, ',')"

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)


def invitations_of(rounds) -> dict:
    """{key of a Round: keys of the partners that it invited}, of those that invited any. A row for each Round, since a
    row for each invitation would cost more than all else on a page. Rounds that invited the same share one set."""
    own = for_figures(RoundPartner.objects.filter(round__in=[round.pk for round in rounds]).order_by())
    together = own.values("round").annotate(partners=Together(Cast("organisation", TextField())))
    key_of = cache(UUID)
    set_of = cache(lambda partners: frozenset(map(key_of, partners.split(","))))
    return {key: set_of(partners) for key, partners in together.values_list("round", "partners")}
