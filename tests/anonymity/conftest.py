import pytest
from django.db.models.sql.compiler import SQLCompiler

from tests.strictness import ordered


@pytest.fixture(autouse=True)
def rows_as_the_database_gives_them(strictness, monkeypatch):
    """No shuffling net here: it would shuffle the forms for a portal that has forgotten to."""
    monkeypatch.setattr(SQLCompiler, "get_order_by", ordered)
