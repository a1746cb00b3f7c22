from tests.architecture.conftest import realm, whole_realm  # noqa: F401 (pytest finds them here)
