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

# All pages are known before the first is asked for. What a process holds as long as it runs is not looked through for
# garbage again and again; and a page makes thousands of objects that are gone with it, of which few are garbage before.
pages = get_resolver().url_patterns
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 10)
