"""Before a sensitive act: show that it is still you. And how long you stay signed in without doing anything."""

from functools import wraps

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members import current
from members.access import needs_second_factor
from members.forms.signing_in import ASKED_TOO_OFTEN, LetterCodeForm, ProveByAppForm, ProveByPasskeyForm

OURS = "prove-"
LETTER_LASTS = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT
TRIES = 3
Kind = Authenticator.Type


def recently_proven(view):
    """Guards a view, its GET too: whoever has not shown within ten minutes that it is them is asked on the same
    address, and then is where they were. A form that was sent meanwhile travels with the question, unseen and unkept,
    and is handed to the view after the answer; only files do not.
    """

    @login_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if current.has_proven(request):
            return view(request, *args, **kwargs)
        return prove(request, then=lambda: view(request, *args, **kwargs))

    return guarded


def prove(request, *, then):
    """Ask, or take the answer: `then` answers a form that travelled along, a GET is asked for again."""
    question = Question(request)
    if request.method == "POST" and question.is_answered():
        current.note_proof(request)
        travelled, request.POST = f"{OURS}sent" in request.POST, without_ours(request.POST)
        return then() if travelled else redirect(request.get_full_path())
    return render(request, "account/prove.html", question.context())


def without_ours(posted):
    kept = posted.copy()
    for name in [name for name in kept if name.startswith(OURS)]:
        del kept[name]
    return kept


class Question:
    """Who has a phone app or a passkey shows that; a code by letter is for those of whom nobody asks a second step."""

    def __init__(self, request):
        self.request, self.person = request, request.user
        self.posted = request.POST if request.method == "POST" else {}
        self.by = self.posted.get(f"{OURS}by")
        kinds = set(Authenticator.objects.filter(user=self.person).values_list("type", flat=True))
        strict = Kind.TOTP in kinds or (kinds and needs_second_factor(self.person, now=timezone.now()))
        # The ways that are open to them, and what they answered to one of them.
        self.forms = {}
        if kinds & {Kind.TOTP, Kind.RECOVERY_CODES}:
            self.forms["app"] = self._form("app", ProveByAppForm, user=self.person)
        if Kind.WEBAUTHN in kinds:
            self.forms["passkey"] = self._form("passkey", ProveByPasskeyForm, user=self.person)
        if not strict:
            self.forms["letter"] = self._form("letter", LetterCodeForm)

    def _form(self, way, form, **options):
        return form(self.posted if self.by == way else None, prefix="prove", **options)

    def is_answered(self):
        if self.by == "write" and "letter" in self.forms:
            self.refusal = "" if self._write() else ASKED_TOO_OFTEN
            return False
        form = self.forms.get(self.by)
        if not form or not form.is_valid():
            return False
        if self.by == "letter":
            return self._fits(form)
        form.save()
        return True

    refusal = ""

    def _write(self):
        adapter, email = get_adapter(self.request), self.person.email
        if not ratelimit.consume(self.request, action="request_login_code", key=email):
            return False
        code = adapter.generate_login_code()
        current.remember(self.request, "code", code, seconds=LETTER_LASTS)
        for number in range(TRIES):
            current.remember(self.request, f"try-{number}", 1, seconds=LETTER_LASTS)
        adapter.send_mail("account/email/prove_code", email, {"code": code, "request": self.request})
        return True

    def _fits(self, form):
        """Three tries for each letter, also where many come at once: each is taken away first. The code works once."""
        written = current.recall(self.request, "code")
        if written and self._takes_a_try() and compare_user_code(actual=form.cleaned_data["code"], expected=written):
            return current.forget(self.request, "code")
        if not any(current.recall(self.request, f"try-{number}") for number in range(TRIES)):
            current.forget(self.request, "code")
        form.add_error("code", ValidationError(get_adapter().error_messages["incorrect_code"], code="incorrect_code"))
        return False

    def _takes_a_try(self):
        return any(current.forget(self.request, f"try-{number}") for number in range(TRIES))

    def context(self):
        """`travels` is what was sent to the page itself, to be sent again with the answer."""
        form = self.forms.get(self.by)
        return {
            "form": form,
            "ways": self.forms,
            "refusal": self.refusal,
            "written": current.recall(self.request, "code") is not None,
            "sent": self.request.method == "POST" and (not self.by or f"{OURS}sent" in self.posted),
            "travels": self._travels(),
            "js_data": {"request_options": begin_authentication(self.person)} if "passkey" in self.forms else None,
        }

    def _travels(self):
        if self.request.method != "POST":
            return []
        kept = without_ours(self.posted)
        kept.pop("csrfmiddlewaretoken", None)
        return [(name, value) for name, values in kept.lists() for value in values]


@never_cache
@require_http_methods(["GET", "POST"])
def session_left(request):
    """How many seconds until the session ends by itself. A GET looks; a POST, as any other request, begins anew."""
    return JsonResponse({"left": current.seconds_left(request) if request.user.is_authenticated else 0})
