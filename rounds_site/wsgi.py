import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from rounds_site import database_roles
from rounds_site.environment import or_stop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rounds_site.settings")

# With 3 gunicorn gives up; with any other it would try the same again without end.
or_stop(status=3)
application = get_wsgi_application()
database_roles.or_stop()

# All pages are known before the first is asked for; and what a process holds as long as it runs is not looked through
# for garbage again and again, which would take as long as several pages do.
pages = get_resolver().url_patterns
gc.collect()
gc.freeze()
