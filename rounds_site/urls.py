from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

from rounds_site import views
from rounds_site.gallery import gallery

urlpatterns = [
    path("", views.home, name="home"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    # There are no passwords here: the address for signing in with one leads to the code.
    path(
        "account/login/",
        RedirectView.as_view(pattern_name="account_request_login_code", query_string=True),
        name="account_login",
    ),
    path("account/", include("allauth.urls")),
    path("", include("members.urls")),
    path("", include("rounds.urls")),
    path("", include("evaluation.urls")),
]
if settings.DEMO:
    urlpatterns += [
        path("demo/", include("rounds_site.demo.urls")),
        path("gallery/", gallery, name="gallery"),
    ]
