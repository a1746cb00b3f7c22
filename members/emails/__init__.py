"""The letters about coming in and of the log, and how any letter is put together (``composing``).

Which kinds there are, who gets each and when not stands in ``told``, and as a table in docs/letters.md.

None says more than its page does; letters for signing in are allauth's, sent in the request itself.
"""

from .composing import Message, compose, message_id, rendered, said_of
from .erasing import ERASED, account_erased, register_erasing_letters
from .joining import invited, register_letters, request_accepted, request_asked, request_declined
from .licence import licence_ending, register_licence_letters
from .logs import log_head, register_log_letters
from .roles import register_role_letters, role_ended, role_given

__all__ = [
    "ERASED",
    "Message",
    "account_erased",
    "compose",
    "invited",
    "licence_ending",
    "log_head",
    "message_id",
    "register_erasing_letters",
    "register_letters",
    "register_licence_letters",
    "register_log_letters",
    "register_role_letters",
    "rendered",
    "request_accepted",
    "request_asked",
    "request_declined",
    "role_ended",
    "role_given",
    "said_of",
]
