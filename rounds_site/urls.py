from allauth.account.views import login
from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from members.views.ways_in import your_password
from rounds_site import health, views
from rounds_site.gallery import gallery

to_the_code = RedirectView.as_view(pattern_name="account_request_login_code", query_string=True)

passwords = [
    path("account/login/", login, name="account_login"),
    path("your-details/password/", your_password, name="your_password"),
]

handler500 = "rounds_site.away.fault"

urlpatterns = [
    path("", views.home, name="home"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    # Where a site wants passwords, one is used here and set on a page of ours; else it leads to the code. None is ever
    # reset by a letter: the code signs in whoever has forgotten theirs.
    *(passwords if settings.PASSWORDS else [path("account/login/", to_the_code, name="account_login")]),
    re_path("^account/password/", to_the_code),
    path("account/reauthenticate/", to_the_code, name="account_reauthenticate"),
    # Those that are asked for most come first: each address is compared with all that stand above it.
    path("", include("evaluation.urls")),
    path("", include("rounds.urls")),
    # Ours before allauth's: what changes how one signs in is guarded there. Not allauth.urls, nor those of its mfa: of
    # second steps and sign-in providers, members.urls names each page that there is.
    path("", include("members.urls")),
    path("account/", include("allauth.account.urls")),
]
if settings.DEMO:
    urlpatterns += [
        path("demo/", include("rounds_site.demo.urls")),
        path("gallery/", gallery, name="gallery"),
    ]
