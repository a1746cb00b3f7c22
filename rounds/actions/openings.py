"""What the care log is told of Rounds."""

from members.actions import audit


def opened(what, *, round, by, now):
    """`by` has come through a door to a list with names; the host's own information-governance lead reads that too."""
    where = round.host_organisation_id or round.host_place_id or round.system_id
    audit.opened(what, by=by, about=round.pk, where=where, now=now)
