from django.conf import settings
from django.contrib import messages
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.shortcuts import resolve_url


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
    """The portal asks for no camera, place or microphone, nor may anything that it shows."""

    VALUE = ", ".join(
        f"{feature}=()"
        for feature in (
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
    )

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers["Permissions-Policy"] = self.VALUE
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
