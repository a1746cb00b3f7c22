"""An index that is made while others write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AddIndex


class AddIndexBeside(AddIndexConcurrently):
    """For a table that may be large; its migration says `atomic = False` and does nothing else. On SQLite, where one
    writer waits for the other anyhow, it is made as any other."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self._operation(schema_editor).database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        self._operation(schema_editor).database_backwards(self, app_label, schema_editor, from_state, to_state)

    def _operation(self, schema_editor):
        return AddIndexConcurrently if schema_editor.connection.vendor == "postgresql" else AddIndex
