"""Every variable of the environment that the portal reads, in words: `manage.py describe_environment` writes the table
of docs/operating.md from here, and tests compare both with what `settings.py` reads."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """`default`: in words, where the value in the code says too little. `unit`: of a number. A `secret` may stand in a
    file instead, which NAME_FILE names."""

    name: str
    says: str
    default: str = ""
    unit: str = ""
    secret: bool = False


PROMISED = "Never more than the default, which is what people are promised; `manage.py describe_keeping` says the rest"

VARIABLES = (
    Variable(
        "DATABASE_URL",
        "`postgres://user:password@host:port/name`: knows people",
        "SQLite in `VAR_DIR`",
        secret=True,
    ),
    Variable(
        "WORKER_DATABASE_URL",
        "The worker's own role, where `manage.py portal` starts web and worker; elsewhere give the worker its own "
        "`DATABASE_URL`",
        "`DATABASE_URL`",
        secret=True,
    ),
    Variable(
        "BOX_DATABASE_URL",
        "The feedback box; never the same database",
        "the same server, name + `_box`",
        secret=True,
    ),
    Variable(
        "FIGURES_DATABASE_URL",
        "The role that draws figures: the address of the first database with its name and password, with which it "
        "reads the box too. Without it figures are read as everything else, and no further connection is opened",
        "`DATABASE_URL`",
        secret=True,
    ),
    Variable("REDIS_URL", "`redis://host:port/number`", "a folder in `VAR_DIR`", secret=True),
    Variable("REDIS_PREFIX", "For several portals on one Redis"),
    Variable(
        "SECRET_KEY",
        "50 random characters; the same on all hosts",
        "made in `VAR_DIR` for SQLite; else needed",
        secret=True,
    ),
    Variable(
        "OLD_SECRET_KEYS",
        "Keys used before, with commas between: certificates of attendance and links signed with them still count. "
        "Leave out a key that somebody else may have seen",
        "none",
        secret=True,
    ),
    Variable(
        "PORTAL_URL", "The address in letters, without a path; https, save on this machine", "`http://127.0.0.1:$PORT`"
    ),
    Variable("ALLOWED_HOSTS", "Further names, separated by commas", "the host of `PORTAL_URL`, and this machine"),
    Variable("ACCOUNT_PASSWORDS", "1 lets people set a password beside the code and the passkey"),
    Variable(
        "TRUSTED_PROXY_COUNT",
        "How many proxies of yours stand before it; rate limits count addresses behind them",
        unit="proxies",
    ),
    Variable(
        "EMAIL_URL",
        "`smtp+tls://user:password@host:587`, `smtp+ssl://…:465`",
        "`smtp://localhost:25`; in a demo a folder",
        secret=True,
    ),
    Variable(
        "BULK_PER_MINUTE",
        "How many letters to many the relay takes a minute; 0 for no limit",
        "600; in a demo 0",
        unit="letters",
    ),
    Variable("BULK_PER_DAY", "The same, a day", "60000; in a demo 0", unit="letters"),
    Variable(
        "BULK_DAYS_APART",
        "How long after a letter to many the same person gets no other; 0 for no limit. What comes meanwhile waits, "
        "and leaves as one letter: a digest",
        unit="days",
    ),
    Variable("METRICS_TOKEN_FILE", "Opens `/metrics` to whoever sends what stands in this file", "none"),
    Variable("DEFAULT_FROM_EMAIL", "The sender until `begin` has set it", "`rounds@` the host of `PORTAL_URL`"),
    Variable("SERVICE_NAME", "The name in the header"),
    Variable("HOST", "Where `manage.py portal` listens"),
    Variable("PORT", "The same"),
    Variable("VAR_DIR", "SQLite files, queue folder, beat's own file", "`var/`"),
    Variable(
        "AUDIT_HEADS_DIR",
        "Where the worker adds the head of the security log each day; best a disk that the database's host cannot "
        "write",
        "`audit_heads/` in `VAR_DIR`",
    ),
    Variable(
        "BOX_KEY_DIR",
        "The keys of feedback boxes, for the worker of the queue `box` alone; best a disk of its own that no backup "
        "takes. See *The keys of boxes*",
        "`box_keys/` in `VAR_DIR`",
    ),
    Variable(
        "STORY_KEY_DIR",
        "The keys of stories, for every web server and worker; one folder for all of them, that no backup takes. See "
        "*The keys of stories*",
        "`story_keys/` in `VAR_DIR`",
    ),
    Variable(
        "KEEP_WORK_DAYS", f"How long is kept that somebody worked somewhere, once it ended. {PROMISED}", unit="days"
    ),
    Variable("KEEP_ROLES_DAYS", "The same of a role that somebody held", unit="days"),
    Variable("KEEP_VOICES_DAYS", "The same of a story that somebody offered, or was asked for", unit="days"),
    Variable("KEEP_CARE_DAYS", "The same of a word that is owed after a Round", unit="days"),
    Variable("KEEP_DEBRIEFS_DAYS", "The same of what was said after a Round", unit="days"),
    Variable("STATIC_ROOT", "Where `prepare` puts what browsers fetch", "`staticfiles/`"),
    Variable("LOG_LEVEL", "Logs go to standard error and name nobody"),
    Variable("LOG_FORMAT", "`json` writes an object on each line, for programs that gather logs"),
    Variable(
        "FAULT_REPORTS_URL",
        "An https address to which faults are told as they happen, as JSON: kind, place in the code and pattern of the "
        "page’s address, and nothing else. See *Is it well?*",
        "none",
        secret=True,
    ),
    Variable("DEMO", "Demo pages and a readable mailbox; never on a real portal"),
    Variable("DEBUG", "Never on a real portal"),
)
SECRETS = frozenset(each.name for each in VARIABLES if each.secret)
