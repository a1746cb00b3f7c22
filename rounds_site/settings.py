"""One file for every way of running: all that differs comes from the environment.

Nothing set: one machine, SQLite, no server to install. DATABASE_URL, REDIS_URL, EMAIL_URL,
PORTAL_URL and SECRET_KEY set: production. DEMO=1 adds the demo pages and a readable mailbox.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from rounds_site.environment import LOOPBACK, Reader

BASE_DIR = Path(__file__).resolve().parent.parent
env = Reader(os.environ)

# --- How this portal runs -----------------------------------------------------------------------
DEMO = env.flag("DEMO")
DEBUG = env.flag("DEBUG")
VAR_DIR = env.folder("VAR_DIR", BASE_DIR / "var")
HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, low=1, high=65535)
PORTAL_URL = env.address("PORTAL_URL", f"http://127.0.0.1:{PORT}", plain_http=DEMO or DEBUG)
REDIS_URL = env.redis("REDIS_URL")
REDIS_PREFIX = env.text("REDIS_PREFIX", "portal")
SERVICE_NAME = env.text("SERVICE_NAME", "Rounds portal")
TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0, low=0, high=10)

_address = urlsplit(PORTAL_URL)
_https = _address.scheme == "https"

DATABASES = env.databases(VAR_DIR)
# The worker's own role, for `manage.py portal`, which starts it; elsewhere its DATABASE_URL names that role.
WORKER_DATABASE_URL = env.database_url("WORKER_DATABASE_URL")
DATABASE_ROUTERS = ["rounds_site.routers.BoxRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_embedded = DATABASES["default"]["ENGINE"].endswith("sqlite3")

SECRET_KEY = env.secret_key("SECRET_KEY", keep_in=VAR_DIR / "secret_key" if _embedded else None)
# What was signed with these still counts: certificates of attendance, for one, are shown for years.
SECRET_KEY_FALLBACKS = env.listed("OLD_SECRET_KEYS")
ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS") or sorted({_address.hostname, *LOOPBACK - {"::1"}, "[::1]"})
CSRF_TRUSTED_ORIGINS = [PORTAL_URL] if _https else []

# --- What it is made of -------------------------------------------------------------------------
INSTALLED_APPS = [
    "rounds_site",
    "rounds_site.kit",
    "evaluation.apps.EvaluationConfig",
    "rounds.apps.RoundsConfig",
    "members.apps.MembersConfig",
    "crispy_forms",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

# Everything below CookielessPaths is left out for COOKIELESS_PATHS: no session is read there, no
# cookie is set, and no token is asked for.
MIDDLEWARE = [
    "rounds_site.middleware.NoBodyForHead",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "rounds_site.middleware.PermissionsPolicy",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "rounds_site.opening.OpensWhenForgotten",
    "django.middleware.common.CommonMiddleware",
    "rounds_site.middleware.CookielessPaths",
    # Not above it: how short what people write into a box becomes when it is compressed would tell of it. Elsewhere
    # Django masks the token of each form anew in every page, and adds a few bytes at random to each.
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "rounds_site.middleware.EndsIdleSessions",
    "rounds_site.middleware.SaysWhatWasLost",
    "rounds_site.middleware.AsksForSecondStep",
    "rounds_site.middleware.NoStore",
]
COOKIELESS_PATHS = ("/feedback/", "/certificates/", "/diary/", "/healthz", "/readyz", "/metrics")

ROOT_URLCONF = "rounds_site.urls"
WSGI_APPLICATION = "rounds_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rounds_site.context.site",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"environment": "rounds_site.kit.templatetags.drawn.Environment"},
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = ("nhsuk",)
CRISPY_TEMPLATE_PACK = "nhsuk"
CRISPY_FAIL_SILENTLY = False

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env.folder("STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "media"
# Each day the head of the security log is added to a file here: best a folder that the database's host cannot write.
AUDIT_HEADS_DIR = env.folder("AUDIT_HEADS_DIR", VAR_DIR / "audit_heads")

# The private halves of the keys that open feedback boxes: read by the worker of the queue `box` alone. Best a disk that
# no database and no backup is on.
BOX_KEY_DIR = env.folder("BOX_KEY_DIR", VAR_DIR / "box_keys")
# The keys of stories: read and written by every web server and worker. The same: no database, no backup.
STORY_KEY_DIR = env.folder("STORY_KEY_DIR", VAR_DIR / "story_keys")

# For how many days these are kept. People are promised the longest: a portal may keep them for less, never for more. Of
# what names a Round each system says it itself (Manage, Settings).
KEPT_DAYS = {
    "work": env.number("KEEP_WORK_DAYS", 365, low=30, high=365),
    "roles": env.number("KEEP_ROLES_DAYS", 365, low=30, high=365),
    "voices": env.number("KEEP_VOICES_DAYS", 365, low=30, high=365),
    "care": env.number("KEEP_CARE_DAYS", 90, low=14, high=90),
    "debriefs": env.number("KEEP_DEBRIEFS_DAYS", 365, low=30, high=365),
}

# Shared by all processes. `default`: rate limits and the heartbeat of the clock. `clock`: when whoever is signed in was
# last here, which no database may learn; where there is no Redis, in files of their own.
# A Redis that takes calls and says nothing must not hold every thread of a web server.
_redis_in_time = {"socket_connect_timeout": 2, "socket_timeout": 2}
CACHES = {
    "default": {
        "BACKEND": "rounds_site.caching.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_PREFIX,
        "OPTIONS": _redis_in_time,
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        # Django's 300 would forget limits, and the heartbeat, as soon as 300 people sign in at once.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "clock": {
        "BACKEND": "rounds_site.caching.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{REDIS_PREFIX}-clock",
        "OPTIONS": _redis_in_time,
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "clock",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

# --- Ways in ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "members.Person"
AUTHENTICATION_BACKENDS = ["members.adapter.SignedIn"]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

# Off unless a site wants them; the code and the passkey stay beside them.
PASSWORDS = env.flag("ACCOUNT_PASSWORDS")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
]
ACCOUNT_ADAPTER = "members.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"] if PASSWORDS else ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
# A hospital's 60,000 staff come from one address, and a letter to 4,000 of them brings hundreds within a minute. So the
# limits that protect a mailbox and a code are per account; the one per address stops a machine that tries them all.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "600/m/ip,3/m/key",
    "login_failed": "600/m/ip,5/5m/key",
    "invite": "60/h/user",
}
ACCOUNT_FORMS = {
    "request_login_code": "members.forms.signing_in.AskForCodeForm",
    "confirm_login_code": "members.forms.signing_in.EnterCodeForm",
    "confirm_email_verification_code": "members.forms.signing_in.ConfirmAddressForm",
    "add_email": "members.forms.signing_in.AddAddressForm",
    "login": "members.forms.signing_in.PasswordSignInForm",
}
SOCIALACCOUNT_ADAPTER = "members.adapter.ProviderAdapter"
MFA_ADAPTER = "members.adapter.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey is both steps at once, so what was lost or stolen must not be enough: its PIN, face or finger is asked for.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# A browser knows no other kind of passkey for a portal without https, which is one on this machine.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https
MFA_RATE_LIMITS = {"webauthn_login": "600/m/ip"}
MFA_FORMS = {
    "authenticate": "members.forms.signing_in.SecondStepForm",
    "authenticate_webauthn": "members.forms.signing_in.SecondStepPasskeyForm",
    "login_webauthn": "members.forms.signing_in.PasskeySignInForm",
    "activate_totp": "members.forms.signing_in.SetUpAppForm",
    "add_webauthn": "members.forms.signing_in.AddPasskeyForm",
    "edit_webauthn": "members.forms.signing_in.NamePasskeyForm",
}
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

SESSION_ENGINE = "rounds_site.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _https
# In the session and not in a cookie of their own: the privacy notice names two cookies.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = True

# --- What browsers may do -----------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
# W021: preloading is for a whole registered domain; a portal is one host within its owner's.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# --- Letters ------------------------------------------------------------------------------------
MAIL_DIR = VAR_DIR / "mail"
vars().update(env.email("EMAIL_URL", f"filemail:///{MAIL_DIR}" if DEMO else "smtp://localhost:25"))
EMAIL_TIMEOUT = 20
# Letters to many keep to what the relay's owner allows, and come to one person this many days apart; 0 is no limit. The
# demo sends none, and its years pass in a minute.
BULK_PER_MINUTE = env.number("BULK_PER_MINUTE", 0 if DEMO else 600, low=0, high=100_000)
BULK_PER_DAY = env.number("BULK_PER_DAY", 0 if DEMO else 60_000, low=0, high=10_000_000)
BULK_DAYS_APART = env.number("BULK_DAYS_APART", 7, low=0, high=60)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"Schwartz Rounds <rounds@{_address.hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- What it says of itself ---------------------------------------------------------------------
# Whoever reads /metrics from another machine shows what stands in this file.
METRICS_TOKEN_FILE = env.folder("METRICS_TOKEN_FILE", "/") if env.text("METRICS_TOKEN_FILE") else None
FAULT_REPORTS_URL = env.hook("FAULT_REPORTS_URL")
SECRET_FILES = env.files + [METRICS_TOKEN_FILE] * bool(METRICS_TOKEN_FILE)
_json = env.one_of("LOG_FORMAT", "text", "json") == "json"
_reports = {"class": "rounds_site.fault_reports.Reports", "url": FAULT_REPORTS_URL}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"discreet": {"()": f"rounds_site.logs.Discreet{'Json' if _json else ''}"}},
    "filters": {"faults": {"()": "rounds_site.logs.faults"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "discreet"}}
    | ({"reports": _reports} if FAULT_REPORTS_URL else {}),
    "root": {
        "handlers": ["console", "reports"] if FAULT_REPORTS_URL else ["console"],
        "level": env.text("LOG_LEVEL", "WARNING").upper(),
    },
    # Django's own set-up would add a handler that mails addresses and request data to ADMINS.
    "loggers": {"django": {"handlers": [], "propagate": True}, "django.request": {"filters": ["faults"]}},
}
