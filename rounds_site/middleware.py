from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone

from members import current
from members.views.proving import prove


class NoBodyForHead:
    """Whoever asks for the head alone gets no body, so that the web server has none to drop and to warn of."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.method == "HEAD" and not response.streaming:
            length = response.headers.get("Content-Length", str(len(response.content)))
            response.content = b""
            response.headers["Content-Length"] = length
        return response


class PermissionsPolicy:
    """The portal asks for no camera, place or microphone, nor may anything that it shows: save what a view says of its
    own answer, `response.permits`, and then the page alone."""

    FEATURES = (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "payment",
        "usb",
    )

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        permits = getattr(response, "permits", ())
        response.headers["Permissions-Policy"] = ", ".join(
            f"{feature}=({'self' if feature in permits else ''})" for feature in self.FEATURES
        )
        return response


class ViewAlone(BaseHandler):
    """A handler with no middleware of its own: it resolves the address and calls the view."""

    _view_middleware = ()
    _template_response_middleware = ()
    _exception_middleware = ()


class CookielessPaths:
    """Answers COOKIELESS_PATHS without anything that stands below it in MIDDLEWARE.

    Whoever gives feedback may be signed in in the same browser. The pages there neither read nor
    set a cookie, so no session, log line or `Vary` header can tie a form to a person. The price:
    no `request.user`, no messages and no CSRF token; a view there must not act on who is asking.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.view_alone = convert_exception_to_response(ViewAlone()._get_response)

    def __call__(self, request):
        if request.path_info.startswith(settings.COOKIELESS_PATHS):
            return self.view_alone(request)
        return self.get_response(request)


class NoStore:
    """What a signed-in person saw must not come back from a shared computer's cache."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store, private"
        return response


class EndsIdleSessions:
    """Half an hour without a request signs out whoever may have left the machine. The server counts. A page takes
    it that half an hour is left, which may be ten seconds too many; it asks anew before it warns, which alone puts
    nothing off."""

    WORDS = "You were signed out, because nothing had happened for 30 minutes."

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            left = current.seconds_left(request)
            if not left:
                logout(request)
                messages.info(request, self.WORDS)
            elif not current.was_here_just_now(left) and not self.only_looks(request):
                current.go_on(request)
        return self.get_response(request)

    def only_looks(self, request):
        return request.method == "GET" and request.path == reverse("session_left")


class SaysWhatWasLost:
    """Whoever sends a form after having been signed out in another tab is asked to sign in, and the form is gone.

    So that nobody believes it saved, the first page after signing in says that it was not.
    """

    KEY = "not-saved"
    WORDS = "Nothing was saved, because you had been signed out. Please do it again."

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            if request.session.pop(self.KEY, False):
                messages.warning(request, self.WORDS)
            return self.get_response(request)
        response = self.get_response(request)
        if request.method == "POST" and self.sends_to_sign_in(request, response):
            request.session[self.KEY] = True
        return response

    def sends_to_sign_in(self, request, response):
        """Pages for signing in lead to each other, and lose nothing."""
        sign_in = resolve_url(settings.LOGIN_URL)
        asked = response.headers.get("Location", "").partition("?")[0] == sign_in
        return asked and not request.path.startswith("/account/")


class AsksForSecondStep:
    """Whoever holds a role shows a second step before they see anything of the portal, and sets one up if they have
    none yet; what everybody may read, and leaving, are open to them meanwhile."""

    OPEN_TO_ALL = {
        *("account_logout", "account_login", "account_request_login_code", "session_left"),
        *("privacy", "accessibility", "support", "promises", "each_box", "what_happens"),
        *("figures_how_to_read", "stop"),
        *("look", "logo"),  # the style and the picture in the header of every page
        *("demo", "demo_mail", "demo_letter", "demo_letter_html", "demo_letter_enclosure", "gallery"),
    }
    # Open until there is a second step: whoever has one must show it before changing it.
    SETTING_UP = {
        *("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes"),
        *("mfa_generate_recovery_codes", "mfa_download_recovery_codes", "account_email_verification_sent"),
    }

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        page = request.resolver_match.url_name
        if not request.user.is_authenticated or page in self.OPEN_TO_ALL:
            return None
        if not current.lacks_second_step(request, now=timezone.now()):
            return None
        if is_mfa_enabled(request.user):
            return prove(request, then=lambda: None)
        return None if page in self.SETTING_UP else redirect("mfa_index")
