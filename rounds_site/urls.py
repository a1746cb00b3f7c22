from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from rounds_site import views
from rounds_site.gallery import gallery

to_the_code = RedirectView.as_view(pattern_name="account_request_login_code", query_string=True)

urlpatterns = [
    path("", views.home, name="home"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    # There are no passwords here: what would use, set or reset one leads to the code.
    path("account/login/", to_the_code, name="account_login"),
    re_path("^account/password/", to_the_code),
    path("account/reauthenticate/", to_the_code, name="account_reauthenticate"),
    # Not allauth.urls: nobody signs in by a third party here, so its pages are not here either.
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("", include("members.urls")),
    path("", include("rounds.urls")),
    path("", include("evaluation.urls")),
]
if settings.DEMO:
    urlpatterns += [
        path("demo/", include("rounds_site.demo.urls")),
        path("gallery/", gallery, name="gallery"),
    ]
