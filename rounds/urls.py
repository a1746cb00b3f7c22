"""Addresses of this app; each leads to the view of the same name."""

urlpatterns = []
