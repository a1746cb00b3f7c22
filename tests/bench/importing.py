"""``python -m tests.bench.importing KIND FILE CODE OTHER_FILE OTHER_CODE``: takes a list in as ``manage.py import_…``
does, with the rights of the worker, and says what that cost. The other list, a short one, goes before."""

import sys
from pathlib import Path

from django.utils import timezone

from members.actions import imports, ods, staff_changes, staff_imports, staff_lists
from members.models import Organisation, System

from .alone import tell


def main():
    kind, file, code, other_file, other_code = sys.argv[1:]
    take = {"staff": staff, "partners": partners}[kind]
    tell(lambda: take(Path(file).read_bytes(), code), warm_up=lambda: take(Path(other_file).read_bytes(), other_code))


def staff(content, code):
    organisations, now = Organisation.objects.filter(code=code), timezone.now()
    read = staff_lists.read(content, organisations=organisations)
    told = staff_changes.compare(read, organisations=organisations, now=now)
    staff_imports.accept(read, organisations=organisations, digest=told.digest, now=now)


def partners(content, code):
    system, now = System.objects.get(code=code), timezone.now()
    read = ods.read(content, icb=code)
    digest = imports.preview(read, system=system, now=now).digest
    imports.accept(read, system=system, digest=digest, now=now)


if __name__ == "__main__":
    main()
