"""What the worker does for members. Each task finds its own work, so a bell that rings twice or never is no harm."""

from celery import shared_task

from members.actions import correspondence


@shared_task
def dispatch_letters():
    correspondence.run()
