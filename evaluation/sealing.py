"""How a form lies in the box: as text of one length, sealed, so that a row says nothing. Pure.

Whoever seals needs the public half of the box's key alone: AES-256-GCM under a key of the form's own, which RSA-OAEP
wraps. The Round and the ballot are bound to it, so that a sealed form opens for its own place in its own box only. The
browser does the same in static/js/seal.js.
"""

import json
import secrets
import unicodedata
import uuid
from base64 import b64decode, b64encode, encodebytes, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from evaluation.states import BROAD_GROUPS

LENGTH = 8192
COMMENT_LIMIT = 1500
MOST_ITEMS = 20
# A pool of counts is as long as this, or some times as long.
POOL_LENGTH = 32768

RSA_BITS, KEY, NONCE, TAG = 3072, 32, 12, 16
WRAPPED = RSA_BITS // 8
# Base64 of whole triples, so without "=": every sealed form has this many characters, none of which an address alters.
SEALED_LENGTH = (WRAPPED + NONCE + LENGTH + TAG) * 4 // 3
OAEP = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)


class Said(NamedTuple):
    """What one form says. `answers`: item id → value; `group`: a key of BROAD_GROUPS, or "" where nothing was said."""

    answers: dict[str, int]
    comment: str
    group: str


NOTHING = Said({}, "", "")


def packed(*, answers: dict[str, int], comment: str, group: str = "") -> str:
    """JSON of `LENGTH` bytes in UTF-8.

    A comment within its limit always fits: at most four bytes a character once control characters are gone.
    """
    said = {"answers": answers, "comment": normalised(comment), "group": group}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    missing = LENGTH - len(text.encode())
    if missing < 0:
        raise ValueError("a form does not fit into its length")
    return text + " " * missing


def unpacked(content: str) -> Said:
    """A row that is no form says nothing, whatever it holds: anybody with the code may seal what they like."""
    try:
        form = json.loads(content)
        answers, comment, group = form["answers"], form["comment"], form.get("group", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return NOTHING
    if not isinstance(answers, dict) or not isinstance(comment, str):
        return NOTHING
    given = {item: value for item, value in answers.items() if type(value) is int}
    return Said(given, normalised(comment)[:COMMENT_LIMIT], group if group in list(BROAD_GROUPS) else "")


class KeyPair(NamedTuple):
    """`private`: PEM, as it is kept in a file. `public`: base64 of DER, as it stands on the page."""

    private: bytes
    public: str


def new_keys() -> KeyPair:
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return KeyPair(private, public_half(key))


def read_key(private: bytes) -> rsa.RSAPrivateKey:
    """Not tried whether its primes are some, which takes half a second: see ``fits``."""
    return serialization.load_pem_private_key(private, password=None, unsafe_skip_rsa_key_validation=True)


def fits(key: rsa.RSAPrivateKey, public_key: str) -> bool:
    """Whether it opens what was sealed with this public half."""
    nothing = uuid.UUID(int=0)
    about = {"round_id": nothing, "ballot_id": nothing}
    return unseal(seal("open", public_key=public_key, **about), key=key, **about) == "open"


def public_half(key: rsa.RSAPrivateKey) -> str:
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    return b64encode(key.public_key().public_bytes(serialization.Encoding.DER, public)).decode()


def seal(text: str, *, public_key: str, round_id, ballot_id) -> str:
    own, nonce = AESGCM.generate_key(8 * KEY), secrets.token_bytes(NONCE)
    wrapped = serialization.load_der_public_key(b64decode(public_key)).encrypt(own, OAEP)
    sealed = AESGCM(own).encrypt(nonce, text.encode(), _bound_to(round_id, ballot_id))
    return urlsafe_b64encode(wrapped + nonce + sealed).decode()


def is_sealed(content: str) -> bool:
    """Whether it could be a sealed form, for all that can be told without the key."""
    return len(content) == SEALED_LENGTH and content.isascii() and content.replace("-", "").replace("_", "").isalnum()


def unseal(content: str, *, key: rsa.RSAPrivateKey, round_id, ballot_id) -> str:
    """What was sealed for this ballot of this box; "" for anything else."""
    try:
        whole = urlsafe_b64decode(content)
        own = key.decrypt(whole[:WRAPPED], OAEP)
        nonce, sealed = whole[WRAPPED : WRAPPED + NONCE], whole[WRAPPED + NONCE :]
        return AESGCM(own).decrypt(nonce, sealed, _bound_to(round_id, ballot_id)).decode()
    except (ValueError, InvalidTag):
        return ""


def new_pool_key() -> bytes:
    return AESGCM.generate_key(8 * KEY)


def seal_pool(text: str, *, key: bytes, about: str) -> str:
    """`about`: whose it is, to which it is bound. Sealed twice, nothing of the two is alike.

    In lines, as no form is: whoever looks for what is left of forms (``evaluation.attack``) knows one from the other.
    """
    content, nonce = text.encode(), secrets.token_bytes(NONCE)
    padded = content + b" " * (-len(content) % POOL_LENGTH)
    return encodebytes(nonce + AESGCM(key).encrypt(nonce, padded, about.encode())).decode()


def unseal_pool(content: str, *, key: bytes, about: str) -> str:
    """What was sealed about that with this key; "" for anything else."""
    try:
        whole = b64decode(content)
        return AESGCM(key).decrypt(whole[:NONCE], whole[NONCE:], about.encode()).decode()
    except (ValueError, InvalidTag):
        return ""


def _bound_to(round_id, ballot_id) -> bytes:
    return f"{round_id}:{ballot_id}".encode()


def normalised(text: str) -> str:
    """One way of writing: habits with spaces, line ends or accents must not say whose comment it is."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(" " if each.isspace() and each != "\n" else each for each in text)
    kept = "".join(each for each in text if each == "\n" or unicodedata.category(each) not in {"Cc", "Cf", "Cs"})
    lines = [" ".join(line.split()) for line in kept.split("\n")]
    return "\n".join(line for line in lines if line)


@dataclass(frozen=True)
class Paper:
    """The paper forms of a Round, counted by its team. `counts`: item id → value → how many forms say so."""

    forms: int = 0
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    comments: tuple[str, ...] = ()


def packed_tally(paper: Paper) -> str:
    said = {item: {str(value): n for value, n in values.items() if n} for item, values in paper.counts.items()}
    counts = {item: values for item, values in said.items() if values}
    comments = [text for text in map(normalised, paper.comments) if text]
    return json.dumps({"forms": paper.forms, "counts": counts, "comments": comments}, ensure_ascii=False)


def unpacked_tally(content: str) -> Paper:
    tally = json.loads(content)
    counts = {item: {int(value): n for value, n in values.items()} for item, values in tally["counts"].items()}
    return Paper(tally["forms"], counts, tuple(tally["comments"]))
